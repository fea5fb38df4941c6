#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "simulator/status.h"

namespace profile_train::simulator {

/// An opaque handle of the program: cudaStream_t, cudaEvent_t, cudaGraph_t and so on.
using Handle = std::uintptr_t;

enum class CaptureState : std::uint8_t { none, active };

struct Capture {
  CaptureState state = CaptureState::none;
  std::uint64_t id = 0;
  Handle graph = 0;
};

/// Streams, events and graphs of the simulated devices. Work is done when it is launched, so nothing is ever waited
/// for; what remains is which streams are being captured, in which priority they run, and when events were recorded.
///
/// Handles that were never made, or are destroyed, give invalid_handle. Thread-safe.
class Streams {
 public:
  explicit Streams(int devices) : defaults_(static_cast<std::size_t>(devices)) {}

  Handle create_stream(int device, unsigned flags, int priority);
  Status destroy_stream(Handle stream);
  Status priority(Handle stream, int& priority) const;
  Status flags(Handle stream, unsigned& flags) const;
  /// Handles 0, 1 and 2 are the default streams of `current_device`.
  Status device(Handle stream, int current_device, int& device) const;
  Status check_stream(Handle stream) const;

  Handle create_event(unsigned flags);
  Status destroy_event(Handle event);
  /// `current_device`: of the calling thread, for the default streams.
  Status record(Handle event, Handle stream, int current_device);
  Status wait(Handle stream, Handle event, int current_device);
  Status check_event(Handle event) const;
  /// invalid_handle if either was never recorded.
  Status elapsed(Handle begin, Handle end, float& milliseconds) const;

  Status begin_capture(Handle stream, int current_device);
  Status end_capture(Handle stream, int current_device, Handle& graph);
  Status capture(Handle stream, int current_device, Capture& capture) const;
  bool any_capture() const noexcept { return captures_.load(std::memory_order_relaxed) > 0; }

  Handle create_graph();
  Status destroy_graph(Handle graph);
  Status instantiate(Handle graph, Handle& executable);
  Status check_executable(Handle executable) const;
  Status destroy_executable(Handle executable);

 private:
  struct Stream {
    int device = 0;
    unsigned flags = 0;
    int priority = 0;
    Capture capture;
  };
  struct Event {
    unsigned flags = 0;
    bool recorded = false;
    std::int64_t time_ns = 0;
    Capture capture;
  };

  template <class Object>
  using Table = std::unordered_map<Handle, std::unique_ptr<Object>>;

  Handle next_handle();
  Status erase_graph_locked(Handle graph, bool executable);
  Stream* find_stream(Handle stream, int current_device);
  const Stream* find_stream(Handle stream, int current_device) const;

  mutable std::mutex mutex_;
  std::vector<Stream> defaults_;
  Table<Stream> streams_;
  Table<Event> events_;
  std::unordered_map<Handle, bool> graphs_;  // graph -> true if it is an executable one
  std::atomic<int> captures_{0};
  std::uint64_t last_capture_ = 0;
  Handle last_handle_ = 0x1000;  // handles are no addresses: nobody may look behind them
};

}  // namespace profile_train::simulator
