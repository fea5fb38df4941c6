#include "cli/training_device.h"

#include <fmt/format.h>

#include "simulator/settings.h"

namespace profile_train::cli {

namespace {

std::string simulated_name(const Environment& environment) {
  std::string problem;
  const auto settings = simulator::decode(environment.simulation, problem);
  return settings ? settings->card.name : "unknown card";
}

}  // namespace

Result<TrainingDevice> training_device(const std::string& asked_for, const Environment& environment) {
  if (asked_for == "cpu" || asked_for == "cuda" || asked_for.starts_with("cuda:"))
    return TrainingDevice{asked_for, environment.simulated && asked_for != "cpu"
                                         ? fmt::format("{}, simulated {}", asked_for, simulated_name(environment))
                                         : asked_for};
  if (!is_simulated(asked_for))
    return failure(fmt::format("--device {} is not known; use cpu, cuda, cuda:1 or sim:h200.", asked_for));
  if (!environment.simulated)
    return failure(fmt::format("--device {}: the simulated card could not be put in place.", asked_for));
  return TrainingDevice{"cuda", fmt::format("{} {}", asked_for, simulated_name(environment))};
}

}  // namespace profile_train::cli
