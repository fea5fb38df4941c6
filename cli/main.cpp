// profile-train: arguments in, exit code out.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/resources.h"
#include "profiler/version.h"

namespace profile_train::cli {

ExitCode complain(const std::string& sentence, ExitCode code) {
  fmt::print(stderr, "profile-train: {}\n", sentence);
  return code;
}

namespace {

constexpr const char* kDescription =
    "Says where every byte of a training step went, why that differs from the formula, and whether the next change "
    "still fits.";

constexpr const char* kFooter =
    "Examples:\n"
    "  profile-train --config gpt_small.yaml\n"
    "  profile-train --config gpt_small --set train.batch_size=2 --set model.attention=materialised -o out/b2\n"
    "  profile-train --config gpt_small --device sim:h200\n"
    "  profile-train run --simulate a100-80gb -- python train.py\n"
    "  profile-train report out/b2/trace.ptrace --top 30\n"
    "  profile-train report --help\n\n"
    "Exit codes: 0 fine, 1 the program failed or a budget is exceeded, 2 bad usage, input or output, 3 it cannot be\n"
    "measured here, 130 interrupted.";

/// What follows "--" of `run` belongs to the program that it starts, and is not ours to read.
int own_arguments(int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]) != "run") return argc;
  return static_cast<int>(std::find(argv, argv + argc, std::string_view("--")) - argv);
}

int run(int argc, const char* const* argv) {
  const int own = own_arguments(argc, argv);
  const Context context{.environment = read_environment(),
                        .command_line = command_line(argc, argv),
                        .arguments = {argv, argv + argc},
                        .program = {argv + std::min(own + 1, argc), argv + argc}};
  CLI::App app(kDescription, "profile-train");
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("profile-train {}", kVersion));

  // A new command is one file and one line here.
  const Command train = add_train_command(app, context);
  CLI::App* const report_app = app.add_subcommand("report", "Report on a recorded run again, in any format");
  const Command report = add_report_command(*report_app, context);
  CLI::App* const estimate_app = app.add_subcommand("estimate", "Print what the formulas say, without a run");
  const Command estimate = add_estimate_command(*estimate_app, context);
  CLI::App* const run_app = app.add_subcommand("run", "Run any program on a simulated card");
  const Command run_program = add_run_command(*run_app, context);
  CLI::App* const devices_app =
      app.add_subcommand("devices", "List the cards that can be simulated, and the GPUs here");
  const Command devices = add_devices_command(*devices_app, context);
  CLI::App* const check_app = app.add_subcommand("check", "Check a recorded run against a memory budget");
  const Command check = add_check_command(*check_app, context);
  CLI::App* const baseline_app = app.add_subcommand("baseline", "Write a memory budget that a recorded run keeps");
  const Command baseline = add_baseline_command(*baseline_app, context);
  CLI::App* const diff_app = app.add_subcommand("diff", "Compare two recorded runs");
  const Command diff = add_diff_command(*diff_app, context);
  CLI::App* const matrix_app = app.add_subcommand("matrix", "Run the product of settings and compare");
  const Command matrix = add_matrix_command(*matrix_app, context);
  CLI::App* const whatif_app = app.add_subcommand("whatif", "Ask what a recorded run would take with a change");
  const Command whatif = add_whatif_command(*whatif_app, context);
  app.require_subcommand(0, 1);

  try {
    app.parse(own, argv);
  } catch (const CLI::Success& asked_for) {  // --help, --version
    return app.exit(asked_for);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{} See profile-train --help.", error.what()));
  }
  if (*report_app) return report();
  if (*estimate_app) return estimate();
  if (*run_app) return run_program();
  if (*devices_app) return devices();
  if (*check_app) return check();
  if (*baseline_app) return baseline();
  if (*diff_app) return diff();
  if (*matrix_app) return matrix();
  if (*whatif_app) return whatif();
  if (app.count("--config") == 0) {
    return complain("Nothing to do: give a training run with --config gpt_small.yaml, or see profile-train --help.");
  }
  return train();
}

}  // namespace
}  // namespace profile_train::cli

int main(int argc, char** argv) {
  try {
    return profile_train::cli::run(argc, argv);
  } catch (const std::exception& error) {
    return profile_train::cli::complain(error.what(), profile_train::cli::kFailed);
  }
}
