#pragma once

#include <cstdint>
#include <string>

#include "hooks/cupti_api.h"
#include "hooks/event_sink.h"

namespace profile_train::hooks {

/// Records what this process gets from the driver of its devices, whoever in it asks: LibTorch's allocator, NCCL,
/// cuDNN.
///
/// Belongs to the session and is used on its thread. Hears of each call that allocates or releases when it returns, on
/// the thread that made it, possibly under a lock of the caller: fills in an event and pushes it. Reads CUPTI's memory
/// records besides; asks for no others, so kernels are not traced. No lock is held while CUPTI is called. Never calls
/// cuptiFinalize: LibTorch's own profiler uses the same CUPTI before and after.
class CuptiHook {
 public:
  explicit CuptiHook(EventSink& sink) : sink_(sink) {}

  /// Begins to record. One sentence if nothing, or not everything, can be recorded, else empty. Does nothing if it
  /// records already.
  std::string begin(const Result<CuptiApi>& cupti);
  bool begun() const noexcept { return subscriber_ != nullptr; }

  /// Lets go of CUPTI: before EventSink::end(). One sentence if something was lost in between, else empty.
  std::string end();

  std::uint64_t records_read() const noexcept;
  /// Device and page-locked memory that was allocated by code of this profiler.
  Bytes own_device_bytes() const noexcept;

 private:
  std::string subscribe();
  std::string watch_calls();
  std::string ask_for_records();

  EventSink& sink_;
  CuptiApi api_;
  CUpti_SubscriberHandle subscriber_ = nullptr;
  bool has_records_ = false;
};

}  // namespace profile_train::hooks
