// profile-train baseline TRACE -o budgets.yaml: limits that this run keeps, with some room.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "profiler/analysis.h"
#include "profiler/budget/budget_file.h"
#include "profiler/budget/proposal.h"
#include "profiler/budget/threshold_text.h"
#include "profiler/trace_reader.h"
#include "reports/budget/words.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace {

struct BaselineOptions {
  std::string trace;
  std::string headroom = "5%";
  std::string output;
  bool force = false;
};

ExitCode run(const BaselineOptions& options) {
  const auto headroom = parse_percent(options.headroom);
  if (!headroom)
    return complain(fmt::format("--headroom: expected a percentage such as 5%, found '{}'.", options.headroom));
  auto trace = read_trace(options.trace);
  if (!trace) return complain(trace.error().message);
  const Analysis analysis = analyse(std::move(*trace));
  const auto budget = propose_budget(analysis, *headroom);
  if (!budget) return complain(fmt::format("{}: {}.", options.trace, budget.error().message), kCannotMeasure);

  const std::string text = to_yaml(
      *budget,
      fmt::format("What {} took, and {} more.", reports::run_name(analysis.summary.header), to_percent(*headroom)));
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
      "  profile-train baseline out/run/trace.ptrace --headroom 10% -o budgets.yaml --force");
  app.add_option("TRACE", options->trace, "Trace file that a run has written (trace.ptrace)")->required();
  app.add_option("--headroom", options->headroom, "Room above what the run took")
      ->type_name("PERCENT")
      ->capture_default_str();
  app.add_option("-o,--output", options->output, "Budget file to write (default: print it)");
  app.add_flag("--force", options->force, "Replace a file that exists");
  return [options] { return run(*options); };
}

}  // namespace profile_train::cli
