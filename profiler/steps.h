#pragma once

#include <cstddef>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/trace.h"

namespace profile_train {

/// The events of one training step, both ends inclusive.
struct StepSpan {
  std::int32_t step = 0;
  EventIndex first = 0;
  EventIndex last = 0;
  bool complete = true;  ///< false: the trace ends, or the next step begins, before this one has ended
};

/// Steps by their marks. In a trace without step marks a step ends with its optimizer step and the zero_grad after it,
/// and the next begins with the next phase; the first begins with the first phase that is not init.
std::vector<StepSpan> find_steps(const std::vector<Event>& events, const std::vector<EventIndex>& marks);

/// Number of steps begun up to and including this event. What lies between two steps counts with the earlier, since
/// what a loop keeps in a variable is often released there.
std::size_t steps_begun(const std::vector<StepSpan>& steps, EventIndex event);

/// The number of the step this event is in; 0 outside every step.
std::int32_t step_number_at(const std::vector<StepSpan>& steps, EventIndex event);

}  // namespace profile_train
