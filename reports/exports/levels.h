#pragma once

#include <algorithm>
#include <cstdint>

#include "profiler/analysis.h"
#include "profiler/changes.h"

namespace profile_train::reports {

/// Calls `visit(time_ns, level, changed)` after each event that changed memory on the device that the summary speaks
/// of: the bytes by category then, and which categories changed, as bits by their index. Nothing is left out and
/// nothing is kept.
template <typename Visit>
void for_each_level(const Analysis& analysis, Visit&& visit) {
  if (analysis.summary.devices.empty()) return;
  BytesByCategory level{};
  unsigned changed = 0;
  EventIndex now = kNever;
  const auto tell = [&] {
    if (changed != 0) visit(analysis.trace.events[now].time_ns, level, changed);
    changed = 0;
  };
  for_each_change(analysis.allocations, analysis.deaths, analysis.summary.devices.front(),
                  [&](EventIndex event, const Allocation& a, Bytes bytes) {
                    if (event != now) tell();
                    now = event;
                    at(level, a.category) += bytes;
                    changed |= 1U << static_cast<unsigned>(a.category);
                  });
  tell();
}

/// Calls `visit(time_ns, bytes)` whenever the caching allocator of that device got memory or gave it back.
template <typename Visit>
void for_each_reservation(const Analysis& analysis, Visit&& visit) {
  if (analysis.summary.devices.empty()) return;
  const DeviceTotals& device = analysis.summary.devices.front();
  Bytes reserved = 0;
  for (const Event& event : analysis.trace.events) {
    if (event.device != device.device || event.device_index != device.device_index) continue;
    const bool more = event.kind == EventKind::segment_allocate || event.kind == EventKind::segment_map;
    const bool less = event.kind == EventKind::segment_free || event.kind == EventKind::segment_unmap;
    if (!more && !less) continue;
    reserved += more ? event.bytes : -event.bytes;
    visit(event.time_ns, reserved);
  }
}

/// Categories that the device ever held, as bits by their index.
inline unsigned used_categories(const Analysis& analysis) {
  unsigned used = 0;
  if (analysis.summary.devices.empty()) return used;
  for (const Allocation& a : analysis.allocations)
    if (is_on(a, analysis.summary.devices.front())) used |= 1U << static_cast<unsigned>(a.category);
  return used;
}

/// Begin or end of a step; the summary has their events.
inline std::uint64_t time_of(const Analysis& analysis, EventIndex event) {
  return event < analysis.trace.events.size() ? analysis.trace.events[event].time_ns : 0;
}

}  // namespace profile_train::reports
