#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/result.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Bytes live after one event, by category. `Timeline` keeps one for each event that changed memory.
struct TimelinePoint {
  EventIndex event = 0;
  std::uint64_t time_ns = 0;
  BytesByCategory by_category{};
};

/// A trace with what it means: the allocations with their categories, and the summary made from them.
///
/// Immutable once made. Owns the trace, so that reports can resolve names and scopes.
struct Analysis {
  Trace trace;
  std::vector<Allocation> allocations;  ///< in the order of birth
  std::vector<std::uint32_t> deaths;    ///< indices into allocations, in the order of death
  Summary summary;
};

/// Replays a trace: ledger, lifetimes, categories, phases, peaks, comparison with the memory model.
///
/// Pure function of the trace. Needs about 100 bytes an event. Never fails: what a damaged trace lacks is counted
/// in `summary.losses`.
Analysis analyse(Trace trace);

/// The stacked timeline, thinned to at most `max_points`; in every thinned stretch the highest total is kept, so the
/// peak is always among the points.
std::vector<TimelinePoint> timeline(const Analysis& analysis, std::size_t max_points);

}  // namespace profile_train
