#include "reports/exports/segments.h"

#include <algorithm>

namespace profile_train::reports {

void SegmentTracker::follow(const Event& event) {
  const std::uint64_t end = event.address + static_cast<std::uint64_t>(event.bytes);
  switch (event.kind) {
    case EventKind::arena: arenas_[event.detail] = {event.address, event.bytes}; break;
    case EventKind::segment_allocate: reserved_.add(event.address, end, {event.detail, false}); break;
    case EventKind::segment_map: reserved_.add(event.address, end, {event.detail, true}); break;
    case EventKind::segment_free:
    case EventKind::segment_unmap: reserved_.remove(event.address, end); break;
    default: break;
  }
}

std::vector<ReservedSegment> SegmentTracker::segments() const {
  std::vector<ReservedSegment> segments;
  std::uint8_t last_arena = 0;
  for (const auto& [begin, range] : reserved_.ranges()) {
    const Owner& owner = range.value;
    const bool goes_on = !segments.empty() && segments.back().end == begin && segments.back().expandable &&
                         owner.expandable && last_arena == owner.arena;
    if (goes_on)
      segments.back().end = range.end;
    else
      segments.push_back({begin, range.end, arenas_[owner.arena], owner.expandable, {}});
    last_arena = owner.arena;
  }
  return segments;
}

std::vector<ReservedSegment> segments_at_end(const Analysis& analysis, DeviceType device, std::uint8_t index) {
  SegmentTracker tracker;
  for (const Event& event : analysis.trace.events)
    if (event.device == device && event.device_index == index) tracker.follow(event);
  std::vector<ReservedSegment> segments = tracker.segments();

  for (std::size_t i = 0; i < analysis.allocations.size(); ++i) {
    const Allocation& a = analysis.allocations[i];
    if (a.died != kNever || a.device != device || a.device_index != index) continue;
    const auto after = std::upper_bound(segments.begin(), segments.end(), a.address,
                                        [](std::uint64_t address, const auto& s) { return address < s.begin; });
    if (after != segments.begin() && a.address < std::prev(after)->end)
      std::prev(after)->live.push_back(static_cast<std::uint32_t>(i));
  }
  for (ReservedSegment& segment : segments)
    std::sort(segment.live.begin(), segment.live.end(), [&](std::uint32_t a, std::uint32_t b) {
      return analysis.allocations[a].address < analysis.allocations[b].address;
    });
  return segments;
}

}  // namespace profile_train::reports
