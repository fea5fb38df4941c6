#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace profile_train::cli {

/// What every command may need, made once by main().
struct Context {
  Environment environment;
  std::string command_line;
  std::vector<std::string> arguments;  ///< all of them, the program's own name first
  std::vector<std::string> program;    ///< those after "--" of `run`: a program and its arguments
};

/// A command adds its options to `app` and returns what to do once they are parsed. One function a command, one file
/// each; main.cpp lists them.
using Command = std::function<ExitCode()>;
Command add_train_command(CLI::App& app, const Context& context);
Command add_report_command(CLI::App& app, const Context& context);
Command add_estimate_command(CLI::App& app, const Context& context);
Command add_run_command(CLI::App& app, const Context& context);
Command add_devices_command(CLI::App& app, const Context& context);
Command add_check_command(CLI::App& app, const Context& context);
Command add_baseline_command(CLI::App& app, const Context& context);
Command add_diff_command(CLI::App& app, const Context& context);
Command add_matrix_command(CLI::App& app, const Context& context);
Command add_whatif_command(CLI::App& app, const Context& context);

/// Prints one sentence to stderr, after the program's name.
ExitCode complain(const std::string& sentence, ExitCode code = kBadInput);

}  // namespace profile_train::cli
