#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace profile_train::cli {

/// Options that several commands have: the same name, the same words.

CLI::Option* add_config_option(CLI::App& app, std::string& config);
void add_device_option(CLI::App& app, std::string& device);
void add_memory_option(CLI::App& app, std::string& memory);
void add_set_option(CLI::App& app, std::vector<std::string>& overrides);

/// The recording that a command reads: what read_recording() knows.
void add_recording_argument(CLI::App& app, std::string& recording);

/// Outputs are never replaced without it.
void add_force_option(CLI::App& app, bool& force);

}  // namespace profile_train::cli
