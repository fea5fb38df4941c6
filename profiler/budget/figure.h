#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/budget/budget.h"

namespace profile_train {

/// Where in a run a figure was reached.
struct Place {
  EventIndex event = 0;
  std::int32_t step = 0;  ///< 0: outside every step
  Phase phase = Phase::other;
  std::string op;      ///< outermost operator or backward node; empty if none
  std::string module;  ///< empty if none
};

/// What a run has of one subject.
struct Figure {
  std::optional<Amount> amount;
  std::string why_not;         ///< not empty: there is no amount, and this is the reason
  std::optional<Place> place;  ///< none for what has no instant, such as growth
  std::string note;            ///< what the amount is of, where that is not plain; empty if there is nothing to say
  bool inferred = false;       ///< it rests on categories, phases or steps that nobody recorded
};

/// Pure function. A category, a phase and modules have their highest bytes each at an instant of its own.
Figure measure(const Analysis& analysis, const Subject& subject);

/// The same from a summary alone: without places, and without modules, whose peaks only a trace has.
Figure measure(const Summary& summary, const Subject& subject);

/// Whether a figure of this measure rests on categories, phases or steps, which an imported recording has inferred.
bool rests_on_inference(Measure measure);

/// Why figures of this trace may be wrong, one sentence each: losses, a cut, a run that did not end as it should. Empty
/// for a trace that can be judged.
std::vector<std::string> why_not_sound(const Summary& summary);

}  // namespace profile_train
