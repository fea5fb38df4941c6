// profile-train check TRACE --budget budgets.yaml: says whether a run keeps its budget, and what is responsible if not.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/baseline_source.h"
#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/shared_options.h"
#include "profiler/analysis.h"
#include "profiler/budget/budget_file.h"
#include "profiler/budget/check.h"
#include "profiler/import/recording.h"
#include "reports/budget/budget.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace {

struct CheckOptions {
  std::string trace;
  std::string budget;
  std::string baseline;
  std::string junit;
  std::string markdown;
  bool force = false;
  PrintOptions print;
};

ExitCode exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::within:
    case Verdict::alert: return kFine;
    case Verdict::exceeded: return kFailed;
    case Verdict::not_measured: return kCannotMeasure;
  }
  return kCannotMeasure;
}

Result<BudgetCheck> check(const CheckOptions& options) {
  auto budget = read_budget(options.budget);
  if (!budget) return tl::unexpected(budget.error());
  if (!options.baseline.empty()) budget->baseline = options.baseline;
  std::optional<Baseline> baseline;
  if (!budget->baseline.empty()) {
    auto read = read_baseline(budget->baseline);
    if (!read) return tl::unexpected(read.error());
    baseline = std::move(*read);
  }
  auto trace = read_recording(options.trace);
  if (!trace) return tl::unexpected(trace.error());
  return check_budget(*budget, analyse(std::move(*trace)), baseline ? &*baseline : nullptr);
}

ExitCode run(const CheckOptions& options, const Context& context) {
  const auto result = check(options);
  if (!result) return complain(result.error().message);

  const auto if_exists = options.force ? reports::IfExists::replace : reports::IfExists::refuse;
  auto terminal = options.print.terminal(context.environment);
  const auto write = [&](const std::string& file, const std::string& text) -> Result<void> {
    if (file.empty()) return {};
    terminal.files.push_back(file);
    return reports::write_output_file(file, text, if_exists);
  };
  if (const auto done = write(options.junit, reports::budget_junit(*result)); !done)
    return complain(done.error().message);
  if (const auto done = write(options.markdown, reports::budget_markdown(*result)); !done)
    return complain(done.error().message);

  const std::string text = options.print.json ? reports::to_json(*result) : reports::render_budget(*result, terminal);
  std::fputs(text.c_str(), stdout);
  return exit_code_of(result->verdict());
}

}  // namespace

Command add_check_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<CheckOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train baseline out/run/trace.ptrace --headroom 5% -o budgets.yaml\n"
      "  profile-train check out/run/trace.ptrace --budget budgets.yaml\n"
      "  profile-train check out/run/trace.ptrace --budget budgets.yaml --junit memory.xml --markdown memory.md\n\n"
      "Exit codes: 0 within the budget, 1 a limit is exceeded, 2 bad usage, input or output, 3 a limit could not be\n"
      "measured or the recording cannot be judged. docs/budgets.md describes the file.");
  add_recording_argument(app, options->trace);
  app.add_option("--budget", options->budget, "Limits, a YAML file")->type_name("FILE")->required();
  app.add_option("--baseline", options->baseline,
                 "Earlier run, a recording or a report.json (default: the one that the budget names)")
      ->type_name("FILE");
  app.add_option("--junit", options->junit, "Write JUnit XML to this file")->type_name("FILE");
  app.add_option("--markdown", options->markdown, "Write a summary in Markdown to this file")->type_name("FILE");
  add_force_option(app, options->force);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
