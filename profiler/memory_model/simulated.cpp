#include "profiler/memory_model/simulated.h"

#include <algorithm>

namespace profile_train {
namespace {

void add_to_terms(std::vector<ModelTerm>& terms, const std::vector<ModelTerm>& simulated) {
  for (ModelTerm& term : terms) {
    const auto same = std::find_if(simulated.begin(), simulated.end(),
                                   [&](const ModelTerm& other) { return other.name == term.name; });
    if (same != simulated.end()) term.simulated_bytes = same->observed_bytes;
  }
}

void add_to_instant(ModelInstant& instant, const ModelInstant& simulated) {
  instant.simulated_bytes = simulated.observed_bytes;
  add_to_terms(instant.terms, simulated.terms);
}

}  // namespace

void add_simulated(ModelComparison& comparison, const ModelComparison& simulated_run, std::string_view card) {
  add_to_terms(comparison.terms, simulated_run.terms);
  add_to_instant(comparison.spike, simulated_run.spike);
  add_to_instant(comparison.peak, simulated_run.peak);
  add_to_instant(comparison.first_step_peak, simulated_run.first_step_peak);
  comparison.simulated_on = card;
}

}  // namespace profile_train
