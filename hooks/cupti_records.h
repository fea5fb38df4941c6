#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hooks/cupti_api.h"
#include "hooks/event_sink.h"

namespace profile_train::hooks {

/// CUPTI's memory records on their way into the trace. They tell what callbacks cannot: the variables of modules, and
/// how much of the device a pool holds. What callbacks tell too is counted only. A record's event is where it is
/// delivered.
///
/// One a process, never destroyed: a buffer that CUPTI asked for is CUPTI's until it gives it back, on whatever thread
/// and however long after the session; CUPTI passes nothing of ours to the functions. Takes no lock.
class CuptiRecords {
 public:
  static constexpr std::size_t kBuffers = 16;
  static constexpr std::size_t kBufferBytes = 64U << 10U;  // 512 records: more are refused, and counted, not waited for

  /// What became of records since begin().
  struct Counts {
    std::uint64_t read = 0;
    std::uint64_t refused_buffers = 0;
    std::uint64_t unreadable = 0;       ///< buffers whose rest was of an unknown kind
    std::uint64_t foreign_buffers = 0;  ///< that somebody else had handed to CUPTI
  };

  /// Before CUPTI is given request() and complete().
  void begin(const CuptiApi& api, EventSink& sink) noexcept;
  Counts counts() const noexcept;
  Bytes memory_bytes() const noexcept { return static_cast<Bytes>(sizeof *this); }

  /// Reads what CUPTI wrote into a buffer, whoever's it is.
  void read(std::uint8_t* buffer, std::size_t valid_bytes) noexcept;

  static void CUPTIAPI request(std::uint8_t** buffer, std::size_t* bytes, std::size_t* max_records) noexcept;
  static void CUPTIAPI complete(CUcontext context, std::uint32_t stream, std::uint8_t* buffer, std::size_t bytes,
                                std::size_t valid_bytes) noexcept;

 private:
  static constexpr std::uint32_t kOurs = 0;  ///< a session's number otherwise: CUPTI has it since then

  struct Buffer {
    alignas(8) std::array<std::uint8_t, kBufferBytes> bytes;
    std::atomic<std::uint32_t> lent_in{kOurs};
  };

  std::uint8_t* lend() noexcept;
  Buffer* find(const std::uint8_t* bytes) noexcept;
  void record(const CUpti_Activity& activity, ReentryToken token) noexcept;

  decltype(CuptiApi::next_record) next_record_ = nullptr;
  EventSink* sink_ = nullptr;
  std::atomic<NameId> module_variables_{0};
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> unreadable_{0};
  std::atomic<std::uint64_t> foreign_{0};
  std::array<Buffer, kBuffers> buffers_;
};

/// Those of this process. The first call makes them.
CuptiRecords& cupti_records();

}  // namespace profile_train::hooks
