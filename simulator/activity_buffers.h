#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace profile_train::simulator {

/// CUPTI's records on their way to the program: written into buffers that the program hands out on request, and handed
/// back on a thread of CUPTI's own once they are full or flushed. Between the two they belong to CUPTI.
///
/// Thread-safe. The program's functions are called without a lock: they may call CUPTI.
class ActivityBuffers {
 public:
  struct Buffer {
    std::uint8_t* begin = nullptr;  ///< null: the program refused
    std::size_t bytes = 0;
    std::size_t max_records = 0;  ///< 0: as many as fit
    std::size_t valid_bytes = 0;
    std::size_t records = 0;
  };
  using Request = std::function<Buffer()>;
  using Complete = std::function<void(const Buffer&)>;

  ActivityBuffers() = default;
  ~ActivityBuffers();
  ActivityBuffers(const ActivityBuffers&) = delete;
  ActivityBuffers& operator=(const ActivityBuffers&) = delete;

  void set_functions(Request request, Complete complete);

  /// Copies a record of a multiple of 8 bytes into a buffer, or counts it as dropped if there is none to be had.
  void write(const void* record, std::size_t bytes);
  void drop();  ///< counts a record as dropped
  /// Returns once all that was written is with the program; called from `complete`, it only starts that.
  void flush();
  void flush_every(std::uint32_t milliseconds);  ///< 0: only when asked, and when a buffer is full

  bool ready() const;          ///< functions are set
  std::size_t take_dropped();  ///< records dropped since the last call

 private:
  bool append_locked(const void* record, std::size_t bytes);
  void retire_locked();
  void start_worker_locked();
  void work();

  mutable std::mutex mutex_;
  std::condition_variable retired_;
  std::condition_variable completed_;
  Request request_;
  Complete complete_;
  std::deque<Buffer> open_;  // those with room; the first is written to
  std::deque<Buffer> full_;
  std::uint64_t retired_count_ = 0;
  std::uint64_t completed_count_ = 0;
  std::size_t dropped_ = 0;
  std::uint32_t period_ms_ = 0;
  bool stopping_ = false;
  int worker_process_ = 0;  // a forked child has the object, not the thread
  std::unique_ptr<std::thread> worker_;
};

}  // namespace profile_train::simulator
