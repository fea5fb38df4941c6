#include "profiler/budget/budget.h"

#include <algorithm>

namespace profile_train {

std::string key_of(const Subject& subject) {
  switch (subject.measure) {
    case Measure::requested: return "peak.requested";
    case Measure::allocated: return "peak.allocated";
    case Measure::reserved: return "peak.reserved";
    case Measure::category:
      return subject.category == Category::unknown ? "unknown" : "categories." + std::string(key_of(subject.category));
    case Measure::phase: {
      std::string phase(to_string(subject.phase));
      std::ranges::replace(phase, ' ', '_');
      return "phases." + phase;
    }
    case Measure::modules: return "modules." + subject.modules;
    case Measure::growth: return "growth";
    case Measure::fragmentation: return "fragmentation";
    case Measure::residual: return "residual";
  }
  return {};
}

}  // namespace profile_train
