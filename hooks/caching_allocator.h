#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "profiler/event.h"

namespace profile_train::hooks {

inline constexpr std::size_t kMaxCudaDevices = 128;  ///< LibTorch knows 120

/// True if LibTorch's CUDA part is loaded and its allocator has been set up. Initialises nothing.
bool cuda_is_in_use() noexcept;

/// Records what PyTorch's CUDA caching allocator does, in the allocator's own order, while a session runs.
///
/// Belongs to the session and is used on its thread. The tracker behind it runs on whatever thread allocates, under the
/// allocator's lock of that device: it calls nothing of torch, takes no lock, allocates nothing. LibTorch cannot detach
/// a tracker, so it stays for the life of the process and forwards to nothing without a session.
class CachingAllocatorHook {
 public:
  /// Begins to record on every device; what is live already is recorded as carried in. Initialises CUDA. One sentence
  /// if it cannot, else empty. Does nothing if it records already. Memory that another thread releases meanwhile may
  /// stay in the trace: begin while only the training thread allocates.
  std::string begin();
  bool begun() const noexcept { return begun_; }

  /// Records what allocator, libraries and device say of themselves at the end: before EventSink::end().
  void end();

 private:
  bool begun_ = false;
  std::array<bool, kMaxCudaDevices> has_older_peak_{};  ///< reached before the session: the allocator keeps only one
  std::array<Bytes, kMaxCudaDevices> older_peak_bytes_{};
};

}  // namespace profile_train::hooks
