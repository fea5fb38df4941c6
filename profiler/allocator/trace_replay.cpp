#include "profiler/allocator/trace_replay.h"

#include <fmt/format.h>

#include <cmath>

#include "profiler/grouped.h"

namespace profile_train::allocator {
namespace {

constexpr const char* kNotDivided = "the trace does not say how the segments that were there before it were divided";

bool is_of_allocator(const Event& event) {
  switch (event.kind) {
    case EventKind::allocate:
    case EventKind::free:
    case EventKind::carried_in:
    case EventKind::free_requested:
    case EventKind::segment_allocate:
    case EventKind::segment_free:
    case EventKind::segment_map:
    case EventKind::segment_unmap:
    case EventKind::out_of_memory:
    case EventKind::block:
    case EventKind::allocator_settings: return true;
    default: return false;
  }
}

bool gives_back(const Event& event) {
  return event.kind == EventKind::segment_free || event.kind == EventKind::segment_unmap;
}
bool takes(const Event& event) {
  return event.kind == EventKind::segment_allocate || event.kind == EventKind::segment_map;
}

Limits limits_of(const Settings& settings, Bytes device_bytes) {
  Limits limits{.allowed_bytes = std::nullopt, .device_bytes = device_bytes};
  if (settings.memory_fraction < 1.0)
    limits.allowed_bytes = std::llround(settings.memory_fraction * static_cast<double>(device_bytes));
  return limits;
}

std::string told(const Event& event) {
  return fmt::format("{} of {} B at {:#x}", to_string(event.kind), grouped(event.bytes), event.address);
}

}  // namespace

TraceReplay::TraceReplay(const Trace& trace, DeviceType device, std::uint8_t device_index)
    : trace_(trace), allocator_({}, {}, *this) {
  select(device, device_index);
  allocator_.set({}, limits_of({}, device_bytes_));
}

void TraceReplay::select(DeviceType device, std::uint8_t device_index) {
  bool has_segments = false;
  bool carried_in = false;
  bool divided = false;
  for (EventIndex i = 0; i < trace_.events.size(); ++i) {
    const Event& event = trace_.events[i];
    if (event.device != device || event.device_index != device_index) continue;
    if (event.kind == EventKind::gauge && event.gauge() == Gauge::device_total) device_bytes_ = event.bytes;
    if (event.kind == EventKind::arena) arenas_[event.detail] = {.stream = event.address, .pool = event.bytes};
    if (!is_of_allocator(event)) continue;
    selected_.push_back(i);
    has_segments = has_segments || takes(event);
    carried_in = carried_in || event.kind == EventKind::carried_in;
    divided = divided || event.kind == EventKind::block;
    if (event.kind == EventKind::segment_allocate && arenas_[event.detail].pool != 0)
      own_allocators_.insert(arenas_[event.detail].pool);
  }
  if (!has_segments)
    result_.why_not = "the trace has no segments of this device";
  else if (trace_.footer.dropped_events > 0)
    result_.why_not = fmt::format("{} events were lost", trace_.footer.dropped_events);
  else if (carried_in && !divided)
    result_.why_not = kNotDivided;
}

const Event* TraceReplay::peek(std::size_t ahead) const {
  return cursor_ + ahead < selected_.size() ? &trace_.events[selected_[cursor_ + ahead]] : nullptr;
}

void TraceReplay::disagree(std::string what) {
  if (result_.disagreement) return;
  const EventIndex event = cursor_ < selected_.size() ? here() : static_cast<EventIndex>(trace_.events.size());
  result_.disagreement = {.event = event, .what = std::move(what)};
}

ReplayResult TraceReplay::run() {
  while (!done()) {
    const std::size_t before = cursor_;
    if (before_event_) before_event_(here());
    step();
    if (done() && (result_.disagreement || !result_.why_not.empty())) break;
    if (allocator_.levels().reserved_bytes.now != reserved_in_trace_)
      disagree(fmt::format("{} B are reserved by the model and {} B by the trace",
                           grouped(allocator_.levels().reserved_bytes.now), grouped(reserved_in_trace_)));
    if (cursor_ == before) break;  // the trace ends within a request
    result_.events += cursor_ - before;
    if (on_event_ && !result_.disagreement) on_event_(selected_[cursor_ - 1]);
  }
  return std::move(result_);
}

void TraceReplay::step() {
  const Event& event = *peek();
  switch (event.kind) {
    case EventKind::allocator_settings: return apply_settings();
    case EventKind::free_requested:
      if (!allocator_.request_free(event.address))
        return disagree(fmt::format("nothing is in use at {:#x}, which the program lets go of", event.address));
      streams_just_ended_ = cache_just_emptied_ = false;
      ++cursor_;
      return;
    case EventKind::free: return complete_free();
    case EventKind::carried_in:
    case EventKind::block: result_.why_not = kNotDivided; return;
    default:
      if (const Event* next = peek(1); takes(event) && next != nullptr && next->kind == EventKind::block)
        return adopt_segment();
      return serve();
  }
}

void TraceReplay::apply_settings() {
  const auto settings = parse_settings(trace_.names[peek()->name]);
  if (!settings) {
    result_.why_not = settings.error().message;
    return;
  }
  allocator_.set(*settings, limits_of(*settings, device_bytes_));
  ++cursor_;
}

/// A segment from before the session: itself, then its blocks, then what was alive in it.
void TraceReplay::adopt_segment() {
  const Event& segment = *peek();
  ++cursor_;
  reserved_in_trace_ += segment.bytes;
  CachingAllocator::Inherited inherited{.arena = arenas_[segment.detail]};
  for (const Event* event = peek(); event != nullptr && event->kind == EventKind::block; event = peek()) {
    const auto says = [event](BlockFlag flag) { return (event->detail & flag) != 0; };
    inherited.small = says(block_small);
    inherited.expandable = says(block_expandable);
    inherited.blocks.push_back({.address = event->address,
                                .bytes = event->bytes,
                                .state = says(block_in_use)    ? BlockState::in_use
                                         : says(block_awaited) ? BlockState::awaited
                                                               : BlockState::free});
    ++cursor_;
  }
  auto block = inherited.blocks.begin();
  for (const Event* event = peek(); event != nullptr && event->kind == EventKind::carried_in; event = peek()) {
    while (block != inherited.blocks.end() && block->address < event->address) ++block;
    if (block != inherited.blocks.end() && block->address == event->address) {
      block->requested_bytes = event->bytes;
      block->owner = here();
    }
    ++cursor_;
  }
  allocator_.adopt(inherited);
}

void TraceReplay::complete_free() {
  const Event& event = *peek();
  if (!allocator_.complete_free(event.address))
    return disagree(fmt::format("the block at {:#x} is not awaited, and becomes free", event.address));
  const Event* const before = cursor_ > 0 ? &trace_.events[selected_[cursor_ - 1]] : nullptr;
  const bool at_once =
      before != nullptr && before->kind == EventKind::free_requested && before->address == event.address;
  streams_just_ended_ = streams_just_ended_ || !at_once;
  ++cursor_;
}

/// The event that tells what the segments from here on were taken or given back for, or the end; none: for no request.
std::optional<std::size_t> TraceReplay::end_of_request() const {
  for (std::size_t i = cursor_; i < selected_.size(); ++i) {
    const EventKind kind = trace_.events[selected_[i]].kind;
    if (kind == EventKind::allocate || kind == EventKind::out_of_memory) return i;
    if (kind == EventKind::free_requested) return std::nullopt;
  }
  return selected_.size();
}

Request TraceReplay::request_of(std::size_t position) const {
  const Event& event = trace_.events[selected_[position]];
  return {.bytes = event.bytes, .arena = arenas_[event.detail], .owner = selected_[position]};
}

/// Whether what goes back to the driver from here on goes for the request that ends at `end`, as far as that can be
/// told: a cache that is emptied right before a request that needs the driver leaves the same blocks.
bool TraceReplay::gives_back_for(const Request& request, std::size_t end) {
  if (allocator_.find_free(request) != nullptr) return false;
  // Served without the driver after all: a free block became small enough to be split when a part of it was unmapped.
  const Event& last = trace_.events[selected_[end - 1]];
  if (gives_back(last) && trace_.events[selected_[end]].kind == EventKind::allocate) return false;
  const std::vector<std::uint64_t> early = allocator_.early_releases(request);
  for (std::size_t i = 0; i < early.size(); ++i)
    if (const Event* event = peek(i); event == nullptr || !gives_back(*event) || event->address != early[i])
      return false;
  // Within a pool, as during a capture, nothing else is given back.
  if (early.empty()) return request.arena.pool == 0 && arenas_[peek()->detail].pool == 0;
  const Event* const next = peek(early.size());
  return request.arena.pool == 0 || next == nullptr || !gives_back(*next);
}

/// An allocation, or an out of memory, with what the allocator does on the way to it; or a cache that is emptied.
void TraceReplay::serve() {
  const Event& first = *peek();
  const auto end = end_of_request();
  const bool for_a_request = end && *end < selected_.size();
  if (!for_a_request && gives_back(first)) return empty_cache();
  if (!end) return disagree(fmt::format("a {} serves no request", told(first)));
  if (!for_a_request) return;  // the trace ends before it is served
  const Request request = request_of(*end);
  if (gives_back(first) && !gives_back_for(request, *end)) return empty_cache();
  const bool direct = *end == cursor_ && first.kind == EventKind::allocate;
  const Block* const fitting = allocator_.find_free(request);
  // What was taken for a cache that the program emptied was given back for this request, if it was not searched for
  // again.
  const bool after_all = direct && cache_just_emptied_ && fitting != nullptr && fitting->address != first.address;
  // Streams may have ended while the allocator waited for them, after it had searched.
  const bool too_late = !direct && streams_just_ended_ && fitting != nullptr;
  if (after_all) result_.emptied.pop_back();
  cache_just_emptied_ = false;
  if (!direct && fitting != nullptr && !too_late)
    return disagree(fmt::format("a free block of {} B at {:#x} would serve the request of {} B, but there was a {}",
                                grouped(fitting->bytes), fitting->address, grouped(request.bytes), told(first)));

  const Miss miss{.event = here(),
                  .request = selected_[*end],
                  .asked = request,
                  .out_of_memory = trace_.events[selected_[*end]].kind == EventKind::out_of_memory};
  allocator_.on_miss([&](const Request&) {
    if (on_miss_ && !direct) on_miss_(miss);
  });
  const Block* const block = allocator_.allocate(request, !too_late && !after_all);
  if (result_.disagreement) return;
  if (block == nullptr && miss.out_of_memory && cursor_ == *end && on_out_of_memory_) on_out_of_memory_(miss);
  finish_request(block, *end);
}

void TraceReplay::finish_request(const Block* block, std::size_t position) {
  const Event& event = trace_.events[selected_[position]];
  if (cursor_ != position)
    return disagree(fmt::format("there was a {}, which the model does not need for a request of {} B", told(*peek()),
                                grouped(event.bytes)));
  const bool served = event.kind == EventKind::allocate;
  if (served != (block != nullptr))
    return disagree(
        served ? fmt::format("the model has no block for a request of {} B", grouped(event.bytes))
               : fmt::format("the model serves a request of {} B that ran out of memory", grouped(event.bytes)));
  if (served && block->address != event.address)
    return disagree(fmt::format("the model puts {} B at {:#x}, the allocator at {:#x}", grouped(event.bytes),
                                block->address, event.address));
  streams_just_ended_ = false;
  ++cursor_;
}

void TraceReplay::empty_cache() {
  const std::size_t before = cursor_;
  const EmptiedCache emptied{.event = here(), .pool = arenas_[peek()->detail].pool};
  if (emptied.pool == 0)
    allocator_.empty_cache();
  else
    allocator_.release_pool(emptied.pool);
  if (cursor_ == before)
    return disagree(fmt::format("there was a {}, of which the model has a part in use", told(*peek())));
  result_.emptied.push_back(emptied);
  cache_just_emptied_ = true;
}

bool TraceReplay::refuses(Bytes /*more*/) {
  const Event* const event = peek();
  return event == nullptr || gives_back(*event) || event->kind == EventKind::out_of_memory;
}

std::optional<std::uint64_t> TraceReplay::allocate(Bytes bytes, const Arena& /*arena*/) {
  const Event* const event = peek();
  if (event == nullptr || event->kind != EventKind::segment_allocate) return std::nullopt;
  if (event->bytes != bytes) {
    disagree(fmt::format("the model asks the driver for {} B, but there was a {}", grouped(bytes), told(*event)));
    return std::nullopt;
  }
  reserved_in_trace_ += bytes;
  ++cursor_;
  return event->address;
}

std::optional<std::uint64_t> TraceReplay::reserve(Bytes /*bytes*/) { return std::nullopt; }
void TraceReplay::unreserve(std::uint64_t /*address*/, Bytes /*bytes*/) {}

std::optional<std::uint64_t> TraceReplay::map(std::uint64_t address, Bytes bytes, const ExpandableSegment& segment) {
  const Event* const event = peek();
  if (event == nullptr || event->kind != EventKind::segment_map) return std::nullopt;
  if (event->bytes != bytes || (segment.placed && event->address != address)) {
    disagree(fmt::format("the model maps {} B at {:#x}, but there was a {}", grouped(bytes), address, told(*event)));
    return std::nullopt;
  }
  reserved_in_trace_ += bytes;
  ++cursor_;
  return event->address;
}

void TraceReplay::free(std::uint64_t address, Bytes bytes) {
  expect_given_back(EventKind::segment_free, address, bytes);
}
void TraceReplay::unmap(std::uint64_t address, Bytes bytes) {
  expect_given_back(EventKind::segment_unmap, address, bytes);
}

void TraceReplay::expect_given_back(EventKind kind, std::uint64_t address, Bytes bytes) {
  if (result_.disagreement) return;
  const Event* const event = peek();
  if (event == nullptr || event->kind != kind || event->address != address || event->bytes != bytes)
    return disagree(fmt::format("the model gives {} B at {:#x} back to the driver, but there was {}", grouped(bytes),
                                address, event == nullptr ? "nothing" : "a " + told(*event)));
  reserved_in_trace_ -= bytes;
  ++cursor_;
}

std::optional<std::uint64_t> TraceReplay::next_awaited() {
  const Event* const event = peek();
  if (event == nullptr || event->kind != EventKind::free || result_.disagreement) return std::nullopt;
  ++cursor_;
  return event->address;
}

std::optional<Bytes> TraceReplay::next_abandoned_pool() {
  const Event* const event = peek();
  if (event == nullptr || !gives_back(*event) || result_.disagreement) return std::nullopt;
  const Bytes pool = arenas_[event->detail].pool;
  if (pool == 0) return std::nullopt;
  if (abandoned_at_ == cursor_) {
    disagree(fmt::format("there was a {}, of which the model has a part in use", told(*event)));
    return std::nullopt;
  }
  abandoned_at_ = cursor_;
  return pool;
}

}  // namespace profile_train::allocator
