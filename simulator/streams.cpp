#include "simulator/streams.h"

#include <chrono>

namespace profile_train::simulator {
namespace {

// The values of "no stream", cudaStreamLegacy and cudaStreamPerThread.
constexpr Handle kLastDefaultStream = 2;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Handle Streams::next_handle() { return last_handle_ += 0x10; }

const Streams::Stream* Streams::find_stream(Handle stream, int current_device) const {
  if (stream <= kLastDefaultStream) return &defaults_.at(static_cast<std::size_t>(current_device));
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second.get();
}

Streams::Stream* Streams::find_stream(Handle stream, int current_device) {
  if (stream <= kLastDefaultStream) return &defaults_.at(static_cast<std::size_t>(current_device));
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second.get();
}

// ---- streams

Handle Streams::create_stream(int device, unsigned flags, int priority) {
  const std::lock_guard lock(mutex_);
  const Handle handle = next_handle();
  streams_[handle] = std::make_unique<Stream>(Stream{.device = device, .flags = flags, .priority = priority});
  return handle;
}

Status Streams::destroy_stream(Handle stream) {
  const std::lock_guard lock(mutex_);
  return streams_.erase(stream) == 1 ? Status::ok : Status::invalid_handle;
}

Status Streams::check_stream(Handle stream) const {
  const std::lock_guard lock(mutex_);
  return find_stream(stream, 0) != nullptr ? Status::ok : Status::invalid_handle;
}

Status Streams::priority(Handle stream, int& priority) const {
  const std::lock_guard lock(mutex_);
  const Stream* const found = find_stream(stream, 0);
  if (found == nullptr) return Status::invalid_handle;
  priority = found->priority;
  return Status::ok;
}

Status Streams::flags(Handle stream, unsigned& flags) const {
  const std::lock_guard lock(mutex_);
  const Stream* const found = find_stream(stream, 0);
  if (found == nullptr) return Status::invalid_handle;
  flags = found->flags;
  return Status::ok;
}

Status Streams::device(Handle stream, int current_device, int& device) const {
  const std::lock_guard lock(mutex_);
  const Stream* const found = find_stream(stream, current_device);
  if (found == nullptr) return Status::invalid_handle;
  device = stream <= kLastDefaultStream ? current_device : found->device;
  return Status::ok;
}

// ---- events

Handle Streams::create_event(unsigned flags) {
  const std::lock_guard lock(mutex_);
  const Handle handle = next_handle();
  events_[handle] = std::make_unique<Event>(Event{.flags = flags});
  return handle;
}

Status Streams::destroy_event(Handle event) {
  const std::lock_guard lock(mutex_);
  return events_.erase(event) == 1 ? Status::ok : Status::invalid_handle;
}

Status Streams::check_event(Handle event) const {
  const std::lock_guard lock(mutex_);
  return events_.contains(event) ? Status::ok : Status::invalid_handle;
}

Status Streams::record(Handle event, Handle stream, int current_device) {
  const std::int64_t now = now_ns();
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  const Stream* const on = find_stream(stream, current_device);
  if (found == events_.end() || on == nullptr) return Status::invalid_handle;
  Event& recorded = *found->second;
  recorded.recorded = true;
  recorded.time_ns = now;
  recorded.capture = on->capture;
  return Status::ok;
}

Status Streams::wait(Handle stream, Handle event, int current_device) {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  Stream* const waiting = find_stream(stream, current_device);
  if (found == events_.end() || waiting == nullptr) return Status::invalid_handle;
  // A stream that waits for captured work becomes part of the capture, for as long as that lasts.
  const Capture& of_event = found->second->capture;
  if (of_event.state == CaptureState::active && waiting->capture.state == CaptureState::none) {
    waiting->capture = of_event;
  }
  return Status::ok;
}

Status Streams::elapsed(Handle begin, Handle end, float& milliseconds) const {
  const std::lock_guard lock(mutex_);
  const auto first = events_.find(begin);
  const auto last = events_.find(end);
  if (first == events_.end() || last == events_.end()) return Status::invalid_handle;
  if (!first->second->recorded || !last->second->recorded) return Status::invalid_handle;
  milliseconds = static_cast<float>(last->second->time_ns - first->second->time_ns) * 1e-6F;
  return Status::ok;
}

// ---- capture and graphs

Status Streams::begin_capture(Handle stream, int current_device) {
  const std::lock_guard lock(mutex_);
  Stream* const found = find_stream(stream, current_device);
  if (found == nullptr) return Status::invalid_handle;
  if (stream <= 1) return Status::stream_capture_unsupported;  // the legacy default stream
  if (found->capture.state == CaptureState::active) return Status::stream_capture_unsupported;
  const Handle graph = next_handle();
  graphs_[graph] = false;
  found->capture = {.state = CaptureState::active, .id = ++last_capture_, .graph = graph};
  captures_.fetch_add(1, std::memory_order_relaxed);
  return Status::ok;
}

Status Streams::end_capture(Handle stream, int current_device, Handle& graph) {
  const std::lock_guard lock(mutex_);
  Stream* const found = find_stream(stream, current_device);
  if (found == nullptr) return Status::invalid_handle;
  if (found->capture.state == CaptureState::none) return Status::stream_capture_invalidated;
  const std::uint64_t id = found->capture.id;
  graph = found->capture.graph;
  for (auto& [handle, other] : streams_) {
    if (other->capture.id == id) other->capture = {};
  }
  for (Stream& other : defaults_) {
    if (other.capture.id == id) other.capture = {};
  }
  for (auto& [handle, event] : events_) {
    if (event->capture.id == id) event->capture = {};
  }
  captures_.fetch_sub(1, std::memory_order_relaxed);
  return Status::ok;
}

Status Streams::capture(Handle stream, int current_device, Capture& capture) const {
  const std::lock_guard lock(mutex_);
  const Stream* const found = find_stream(stream, current_device);
  if (found == nullptr) return Status::invalid_handle;
  capture = found->capture;
  return Status::ok;
}

Handle Streams::create_graph() {
  const std::lock_guard lock(mutex_);
  const Handle handle = next_handle();
  graphs_[handle] = false;
  return handle;
}

Status Streams::destroy_graph(Handle graph) {
  const std::lock_guard lock(mutex_);
  return erase_graph_locked(graph, false);
}

Status Streams::instantiate(Handle graph, Handle& executable) {
  const std::lock_guard lock(mutex_);
  const auto found = graphs_.find(graph);
  if (found == graphs_.end() || found->second) return Status::invalid_value;
  executable = next_handle();
  graphs_[executable] = true;
  return Status::ok;
}

Status Streams::check_executable(Handle executable) const {
  const std::lock_guard lock(mutex_);
  const auto found = graphs_.find(executable);
  return found != graphs_.end() && found->second ? Status::ok : Status::invalid_value;
}

Status Streams::destroy_executable(Handle executable) {
  const std::lock_guard lock(mutex_);
  return erase_graph_locked(executable, true);
}

Status Streams::erase_graph_locked(Handle graph, bool executable) {
  const auto found = graphs_.find(graph);
  if (found == graphs_.end() || found->second != executable) return Status::invalid_value;
  graphs_.erase(found);
  return Status::ok;
}

}  // namespace profile_train::simulator
