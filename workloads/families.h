#pragma once

#include <optional>
#include <string_view>

#include "workloads/config.h"
#include "workloads/modes.h"

namespace profile_train::workloads {

/// Whether a key of the configuration means anything for the family of the model.
bool family_has(std::string_view key, const ModelConfig& model);

/// A shape that the family cannot have, or a setting that it does not know, and the nearest that it does.
std::optional<ModeProblem> impossible_family(const TrainingConfig& config);

}  // namespace profile_train::workloads
