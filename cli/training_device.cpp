#include "cli/training_device.h"

#include <fmt/format.h>

namespace profile_train::cli {

Result<TrainingDevice> training_device(const std::string& asked_for, const Environment& environment) {
  if (asked_for == "cpu" || asked_for == "cuda" || asked_for.starts_with("cuda:"))
    return TrainingDevice{asked_for, asked_for};
  if (!is_simulated(asked_for))
    return failure(fmt::format("--device {} is not known; use cpu, cuda, cuda:1 or sim:h200.", asked_for));
  if (!environment.simulated)
    return failure(fmt::format("--device {}: the simulated card could not be put in place.", asked_for));
  return TrainingDevice{"cuda", asked_for};
}

}  // namespace profile_train::cli
