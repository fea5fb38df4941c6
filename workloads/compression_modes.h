#pragma once

#include <optional>
#include <string_view>

#include "workloads/modes.h"

namespace profile_train::workloads {

/// What a teacher, pruning, and inference as a task cannot be combined with.
std::optional<ModeProblem> impossible_compression(const TrainingConfig& config);

/// Why a key of distillation or pruning says nothing without the mode that it describes, and which key chooses that
/// mode. Empty: the key stands for itself.
std::string_view needs_mode(std::string_view key);

}  // namespace profile_train::workloads
