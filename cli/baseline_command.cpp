// profile-train baseline TRACE -o budgets.yaml: limits that this run keeps, with some room.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/shared_options.h"
#include "profiler/analysis.h"
#include "profiler/budget/budget_file.h"
#include "profiler/budget/proposal.h"
#include "profiler/budget/threshold_text.h"
#include "profiler/import/recording.h"
#include "reports/budget/words.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace {

struct BaselineOptions {
  std::string trace;
  std::string headroom = "5%";
  std::string output;
  bool inferred = false;
  bool force = false;
};

std::string about_inferred(const Budget& budget) {
  if (budget.accepts_inferred)
    return "Categories, phases and growth are inferred, here and in the recordings that are checked.";
  return "Categories, phases and growth are only inferred and have no limits here; --inferred adds them.";
}

ExitCode run(const BaselineOptions& options) {
  const auto headroom = parse_percent(options.headroom);
  if (!headroom)
    return complain(fmt::format("--headroom: expected a percentage such as 5%, found '{}'.", options.headroom));
  auto trace = read_recording(options.trace);
  if (!trace) return complain(trace.error().message);
  const Analysis analysis = analyse(std::move(*trace));
  const auto budget = propose_budget(analysis, *headroom, options.inferred ? Inferred::accepted : Inferred::left_out);
  if (!budget) return complain(fmt::format("{}: {}.", options.trace, budget.error().message), kCannotMeasure);

  std::string comment =
      fmt::format("What {} took, and {} more.", reports::run_name(analysis.summary.header), to_percent(*headroom));
  if (!analysis.summary.inferred.empty()) comment += "\n" + about_inferred(*budget);
  const std::string text = to_yaml(*budget, comment);
  if (options.output.empty()) {
    std::fputs(text.c_str(), stdout);
    return kFine;
  }
  const auto if_exists = options.force ? reports::IfExists::replace : reports::IfExists::refuse;
  if (const auto written = reports::write_output_file(options.output, text, if_exists); !written)
    return complain(written.error().message);
  return kFine;
}

}  // namespace

Command add_baseline_command(CLI::App& app, const Context&) {
  const auto options = std::make_shared<BaselineOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train baseline out/run/trace.ptrace -o budgets.yaml\n"
      "  profile-train baseline out/run/trace.ptrace --headroom 10% -o budgets.yaml --force\n\n"
      "Exit codes: 0 fine, 2 bad usage, input or output, 3 the recording cannot be judged.");
  add_recording_argument(app, options->trace);
  app.add_option("--headroom", options->headroom, "Room above what the run took")
      ->type_name("PERCENT")
      ->capture_default_str();
  app.add_flag("--inferred", options->inferred,
               "Of a snapshot.pickle, limits on what is inferred as well: categories, phases, growth");
  app.add_option("-o,--output", options->output, "Budget file to write (default: print it)")->type_name("FILE");
  add_force_option(app, options->force);
  return [options] { return run(*options); };
}

}  // namespace profile_train::cli
