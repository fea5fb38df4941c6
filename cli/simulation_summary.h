#pragma once

#include <string>

#include "cli/simulation_record.h"
#include "reports/terminal.h"

namespace profile_train::cli {

/// What a run on a simulated card tells, for people: peaks of each device, whether they are exact and what makes them
/// less, and why a program may have failed. Pure function of its arguments.
std::string render_simulation(const SimulationRecord& record, const reports::TerminalOptions& options);

}  // namespace profile_train::cli
