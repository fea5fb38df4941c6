#pragma once

#include <optional>
#include <string>

#include "profiler/result.h"
#include "workloads/config.h"

namespace profile_train::workloads {

/// A setting that cannot be had beside the others: its key, the reason, and the nearest one that can.
struct ModeProblem {
  std::string key;
  std::string why;
};

/// Precision, attention and checkpointing that no device can combine.
std::optional<ModeProblem> impossible_modes(const TrainingConfig& config);

/// What the device of the configuration cannot do. Known once the device is: `--device` may name another than the file.
/// `compute_capability` is that of a CUDA card, 90 for 9.0; 0 if nobody could ask, and then it is not checked.
Result<void> check_modes_on_device(const TrainingConfig& config, std::int64_t compute_capability);

}  // namespace profile_train::workloads
