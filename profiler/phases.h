#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/trace.h"

namespace profile_train {

/// Events of a trace that are marks, in order: phases, steps and metrics. A few hundred among millions.
std::vector<EventIndex> find_marks(const std::vector<Event>& events);

/// A stretch of events during which one phase is the innermost open one. Spans cover the whole trace without gaps.
struct PhaseSpan {
  Phase phase = Phase::other;
  EventIndex first = 0;
  EventIndex last = 0;      ///< inclusive
  bool opened_here = true;  ///< false: between phases, or an outer phase going on after an inner one has ended
};

/// Phases are process-wide: marks of all threads count, in trace order. An end without its beginning is ignored; an end
/// closes the phases opened inside it that were left open.
std::vector<PhaseSpan> find_phases(const std::vector<Event>& events, const std::vector<EventIndex>& marks);

Phase phase_at(const std::vector<PhaseSpan>& phases, EventIndex event);

}  // namespace profile_train
