#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "profiler/result.h"
#include "simulator/settings.h"

namespace profile_train::cli {

/// What `run` and `--device sim:` share: a card, and a program that finds it in place of a GPU.

/// The settings of `card`, a name or the path of a YAML file. `memory`: empty for the card's own, "unlimited", or a
/// size.
Result<simulator::Settings> simulation_settings(const std::string& card, const std::string& memory);

/// The environment in which a program finds the simulated device. Fails where the library for it is missing.
Result<std::vector<std::string>> simulated_environment(const simulator::Settings& settings,
                                                       const Environment& environment,
                                                       std::vector<std::string> changes = {});

/// Runs this very command again on the card that `device` ("sim:h200") asks for; does not return if that works.
///
/// None: there is nothing to do, since `device` is not simulated or this process runs on that card already. Called
/// before anything is made.
std::optional<ExitCode> reexecute_under_simulation(const std::string& device, const std::string& memory,
                                                   const Context& context);

}  // namespace profile_train::cli
