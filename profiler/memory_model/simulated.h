#pragma once

#include <string_view>

#include "profiler/summary.h"

namespace profile_train {

/// Fills the `simulated` column of a comparison with what another run of the same training, on a simulated card, was
/// observed to hold at the same instants. Terms are matched by name; one that the other run lacks stays empty.
void add_simulated(ModelComparison& comparison, const ModelComparison& simulated_run, std::string_view card);

}  // namespace profile_train
