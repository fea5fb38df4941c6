// profile-train: arguments in, exit code out.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

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
    "  profile-train report out/b2/trace.ptrace --top 30\n"
    "  profile-train estimate --config gpt_medium\n\n"
    "Exit codes: 0 fine, 1 the training failed, 2 bad usage or input, 3 cannot measure here, 130 interrupted.";

int run(int argc, const char* const* argv) {
  const Context context{read_environment(), command_line(argc, argv)};
  CLI::App app(kDescription, "profile-train");
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("profile-train {}", kVersion));

  // A new command is one file and one line here.
  const Command train = add_train_command(app, context);
  CLI::App* const report_app = app.add_subcommand("report", "Render a recorded trace again");
  const Command report = add_report_command(*report_app, context);
  CLI::App* const estimate_app =
      app.add_subcommand("estimate", "Print the formulas for a configuration, without a run");
  const Command estimate = add_estimate_command(*estimate_app, context);
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for) {  // --help, --version
    return app.exit(asked_for);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{} See profile-train --help.", error.what()));
  }
  if (*report_app) return report();
  if (*estimate_app) return estimate();
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
