#pragma once

#include <string>
#include <string_view>

namespace profile_train::simulator {

/// What this process did with the simulated device, as JSON. docs/simulated_device.md lists the fields.
std::string summary_json(std::string_view stopped_because);

/// Writes the summary to PID.json in the folder of the settings, or a few lines to stderr if there is none. The last
/// call of a process wins. A forked child that never called the device writes nothing.
void write_summary(std::string_view stopped_because);

}  // namespace profile_train::simulator
