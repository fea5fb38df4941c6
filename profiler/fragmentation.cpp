#include "profiler/fragmentation.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/allocator/layout.h"
#include "profiler/allocator/trace_replay.h"
#include "profiler/grouped.h"
#include "profiler/live_set.h"

namespace profile_train {
namespace {

using allocator::Block;
using allocator::CachingAllocator;
using allocator::SegmentLayout;
using allocator::TraceReplay;

constexpr std::int32_t kFirstSteadyStep = 3;
constexpr std::size_t kMaxOutOfMemory = 4;
constexpr std::size_t kMaxGrowth = 8;
constexpr std::size_t kMaxHeld = 5;

/// An instant at which the replay stops to look.
struct Stop {
  EventIndex event = 0;
  std::int32_t step = 0;
  Phase phase = Phase::other;
};

class Follower {
 public:
  Follower(const Trace& trace, const ScopePaths& paths, const std::vector<Allocation>& allocations,
           const DeviceTotals& device, const Summary& summary)
      : trace_(trace),
        paths_(paths),
        allocations_(allocations),
        summary_(summary),
        replay_(trace, device.device, device.device_index) {
    for (const PhaseSummary& row : summary.phases) stops_.push_back({row.last_event, row.step, row.phase});
    for (const StepSummary& row : summary.steps) stops_.push_back({row.last_event, row.step, Phase::other});
    std::stable_sort(stops_.begin(), stops_.end(), [](const Stop& a, const Stop& b) { return a.event < b.event; });
  }

  AllocatorReplay run() {
    replay_.before_event([this](EventIndex next) { look_until(next); });
    replay_.on_event([this](EventIndex event) { latest_ = event; });
    replay_.on_miss([this](const TraceReplay::Miss& miss) {
      if (!miss.out_of_memory) note_growth(miss);
    });
    replay_.on_out_of_memory([this](const TraceReplay::Miss& miss) { note_out_of_memory(miss); });
    const allocator::ReplayResult result = replay_.run();
    if (!result.why_not.empty()) return {.why_not = result.why_not};
    if (!result.disagreement) {
      look_until(kNever);
      found_.at_end = blocks();
    }

    found_.events = result.events;
    found_.emptied = static_cast<std::int64_t>(result.emptied.size());
    found_.settings = to_text(replay_.allocator().settings());
    if (result.disagreement)
      found_.disagreement = fmt::format("at event {}: {}", result.disagreement->event, result.disagreement->what);
    std::move(growth_.begin(), growth_.end(), std::back_inserter(found_.unserved));
    std::stable_sort(found_.unserved.begin(), found_.unserved.end(),
                     [](const UnservedRequest& a, const UnservedRequest& b) { return a.event < b.event; });
    return std::move(found_);
  }

 private:
  const CachingAllocator& model() const { return replay_.allocator(); }

  /// What is to be seen between the event before and this one.
  void look_until(EventIndex next) {
    const allocator::Levels& levels = model().levels();
    if (levels.reserved_bytes.now > found_.reserved_peak.reserved_bytes) found_.reserved_peak = instant(here());
    // Allocated bytes fall only when the program lets go of something: until then the highest is yet to come.
    const bool falls = next == kNever || trace_.events[next].kind == EventKind::free_requested;
    if (falls && levels.allocated_bytes.now > found_.allocated_peak.allocated_bytes)
      found_.allocated_peak = instant(here());
    if (!peak_seen_ && summary_.peak.event < next) {
      peak_seen_ = true;
      found_.at_peak = instant({summary_.peak.event, summary_.peak.step, summary_.peak.phase});
    }
    for (; next_stop_ < stops_.size() && stops_[next_stop_].event < next; ++next_stop_)
      found_.over_time.push_back(instant(stops_[next_stop_]));
  }

  std::vector<AllocatorBlock> blocks() const {
    std::vector<AllocatorBlock> blocks;
    for (const SegmentLayout& segment : layout_of(model())) {
      std::uint64_t address = segment.address;
      for (const SegmentLayout::Part& part : segment.parts) {
        blocks.push_back({.address = address,
                          .bytes = part.bytes,
                          .requested_bytes = part.requested_bytes,
                          .in_use = part.state == allocator::BlockState::in_use,
                          .awaited = part.state == allocator::BlockState::awaited,
                          .small = segment.small});
        address += static_cast<std::uint64_t>(part.bytes);
      }
    }
    return blocks;
  }

  Stop here() const { return at(latest_); }
  Stop at(EventIndex event) const {
    Stop stop{.event = event};
    const auto step = std::upper_bound(summary_.steps.begin(), summary_.steps.end(), event,
                                       [](EventIndex e, const StepSummary& row) { return e < row.first_event; });
    if (step != summary_.steps.begin() && event <= std::prev(step)->last_event) stop.step = std::prev(step)->step;
    const auto phase = std::upper_bound(summary_.phases.begin(), summary_.phases.end(), event,
                                        [](EventIndex e, const PhaseSummary& row) { return e < row.first_event; });
    if (phase != summary_.phases.begin() && event <= std::prev(phase)->last_event) stop.phase = std::prev(phase)->phase;
    return stop;
  }

  AllocatorInstant instant(const Stop& stop) const {
    const allocator::Levels& levels = model().levels();
    const allocator::FreeSpace space = free_space_of(model());
    return {.event = stop.event,
            .step = stop.step,
            .phase = stop.phase,
            .requested_bytes = levels.requested_bytes.now,
            .allocated_bytes = levels.allocated_bytes.now,
            .reserved_bytes = levels.reserved_bytes.now,
            .inactive_split_bytes = levels.inactive_split_bytes.now,
            .stuck_bytes = space.stuck_bytes,
            .largest_free_bytes = space.largest_bytes};
  }

  void note_growth(const TraceReplay::Miss& miss) {
    if (at(miss.event).step < kFirstSteadyStep) return;
    ++found_.unserved_requests;
    const Bytes segment = segment_bytes(block_bytes(miss.asked.bytes, model().settings()), model().settings());
    if (growth_.size() == kMaxGrowth) {
      const auto smallest = std::min_element(
          growth_.begin(), growth_.end(),
          [](const UnservedRequest& a, const UnservedRequest& b) { return a.segment_bytes < b.segment_bytes; });
      if (segment <= smallest->segment_bytes) return;
      growth_.erase(smallest);
    }
    growth_.push_back(explain(miss));
  }

  void note_out_of_memory(const TraceReplay::Miss& miss) {
    ++found_.unserved_requests;
    if (out_of_memory_++ >= kMaxOutOfMemory) return;
    UnservedRequest request = explain(miss);
    request.out_of_memory = true;
    request.device_free_bytes = static_cast<Bytes>(trace_.events[miss.request].address);
    found_.unserved.push_back(std::move(request));
  }

  UnservedRequest explain(const TraceReplay::Miss& miss) const {
    const allocator::Settings& settings = model().settings();
    const Event& event = trace_.events[miss.request];
    const Stop when = at(miss.event);
    UnservedRequest request{.event = miss.request,
                            .step = when.step,
                            .phase = when.phase,
                            .op = paths_.op(event.scope),
                            .module = paths_.module(event.scope),
                            .requested_bytes = miss.asked.bytes,
                            .block_bytes = block_bytes(miss.asked.bytes, settings),
                            .stream = miss.asked.arena.stream,
                            .memory_pool = miss.asked.arena.pool};
    request.segment_bytes = segment_bytes(request.block_bytes, settings);
    request.small_pool = allocator::is_small(request.block_bytes);
    model().for_each_free([&](const Block& block) {
      request.stuck_bytes += stuck_bytes(block);
      const bool could_serve = block.stream == request.stream && block.pool->id == request.memory_pool &&
                               block.pool->small == request.small_pool;
      if (!could_serve) {
        request.free_elsewhere_bytes += block.bytes;
        return;
      }
      request.free_bytes += block.bytes;
      request.largest_free_bytes = std::max(request.largest_free_bytes, block.bytes);
    });
    request.held = held_segments(miss.event);
    request.why = why(request);
    return request;
  }

  static std::string why(const UnservedRequest& request) {
    if (request.free_bytes == 0)
      return request.free_elsewhere_bytes == 0
                 ? "Nothing was free."
                 : fmt::format("Nothing was free in its pool and stream; {} B were in others, which it may not use.",
                               grouped(request.free_elsewhere_bytes));
    if (request.largest_free_bytes < request.block_bytes)
      return fmt::format(
          "The largest free block of its pool and stream had {} of the {} B needed; {} B were free there.",
          grouped(request.largest_free_bytes), grouped(request.block_bytes), grouped(request.free_bytes));
    return "Free blocks that were large enough may not be divided: they exceed max_split_size_mb, or are expandable.";
  }

  std::vector<HeldSegment> held_segments(EventIndex now) const {
    std::vector<SegmentLayout> segments = layout_of(model());
    const auto stuck = [](const SegmentLayout& segment) {
      Bytes bytes = 0;
      for (const SegmentLayout::Part& part : segment.parts) bytes += part.stuck_bytes;
      return bytes;
    };
    std::vector<HeldSegment> held;
    std::stable_sort(segments.begin(), segments.end(),
                     [&](const SegmentLayout& a, const SegmentLayout& b) { return stuck(a) > stuck(b); });
    for (const SegmentLayout& segment : segments) {
      if (held.size() == kMaxHeld || stuck(segment) == 0) break;
      HeldSegment& row = held.emplace_back();
      row.stuck_bytes = stuck(segment);
      Bytes largest = 0;
      for (const SegmentLayout::Part& part : segment.parts) {
        if (part.state == allocator::BlockState::free) continue;
        row.in_use_bytes += part.bytes;
        ++row.allocations;
        if (part.bytes <= largest) continue;
        largest = part.bytes;
        if (const Allocation* owner = allocation_born_at(part.owner))
          row.largest = in_words(*owner, trace_, paths_, now);
      }
    }
    return held;
  }

  const Allocation* allocation_born_at(EventIndex event) const {
    const auto found = std::lower_bound(allocations_.begin(), allocations_.end(), event,
                                        [](const Allocation& a, EventIndex e) { return a.born < e; });
    return found != allocations_.end() && found->born == event ? &*found : nullptr;
  }

  const Trace& trace_;
  const ScopePaths& paths_;
  const std::vector<Allocation>& allocations_;
  const Summary& summary_;
  TraceReplay replay_;
  std::vector<Stop> stops_;
  std::size_t next_stop_ = 0;
  EventIndex latest_ = 0;
  bool peak_seen_ = false;
  std::size_t out_of_memory_ = 0;
  std::vector<UnservedRequest> growth_;
  AllocatorReplay found_;
};

}  // namespace

std::optional<AllocatorReplay> replay_allocator(const Trace& trace, const ScopePaths& paths,
                                                const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                                const Summary& summary) {
  if (device.device == DeviceType::cpu) return std::nullopt;
  return Follower(trace, paths, allocations, device, summary).run();
}

}  // namespace profile_train
