// profile-train diff OLD NEW: what two runs hold, and where they differ.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/baseline_source.h"
#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/shared_options.h"
#include "profiler/diff/diff.h"
#include "reports/diff/diff.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace {

struct DiffOptions {
  std::string before;
  std::string after;
  std::string html;
  bool fail_if_higher = false;
  bool force = false;
  PrintOptions print;
};

std::optional<reports::StepLine> line_of(const Baseline& run) {
  if (!run.analysis) return std::nullopt;
  return reports::step_line(*run.analysis);
}

ExitCode run(const DiffOptions& options, const Context& context) {
  const auto before = read_run(options.before);
  if (!before) return complain(before.error().message);
  const auto after = read_run(options.after);
  if (!after) return complain(after.error().message);
  Diff diff = compare(before->summary, after->summary);
  diff.before.file = options.before;
  diff.after.file = options.after;

  auto terminal = options.print.terminal(context.environment);
  if (!options.html.empty()) {
    const auto old_line = line_of(*before);
    const auto new_line = line_of(*after);
    const std::string page = reports::diff_html(diff, old_line ? &*old_line : nullptr, new_line ? &*new_line : nullptr);
    const auto written = reports::write_output_file(
        options.html, page, options.force ? reports::IfExists::replace : reports::IfExists::refuse);
    if (!written) return complain(written.error().message);
    terminal.files.push_back(options.html);
  }
  const std::string text = options.print.json ? reports::to_json(diff) : reports::render_diff(diff, terminal);
  std::fputs(text.c_str(), stdout);
  return options.fail_if_higher && diff.change() > 0 ? kFailed : kFine;
}

}  // namespace

Command add_diff_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<DiffOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train diff out/before/trace.ptrace out/after/trace.ptrace\n"
      "  profile-train diff out/before/trace.ptrace out/after/trace.ptrace --html diff.html\n"
      "  profile-train diff main.json out/after/report.json --fail-if-higher\n\n"
      "Exit codes: 0 compared, 1 with --fail-if-higher if the new peak is higher, 2 bad usage, input or\n"
      "output.");
  app.add_option("OLD", options->before, "A run: its trace.ptrace, snapshot.pickle or report.json")
      ->type_name("FILE")
      ->required();
  app.add_option("NEW", options->after, "Another run, likewise")->type_name("FILE")->required();
  app.add_option("--html", options->html, "Write a page with both timelines to this file")->type_name("FILE");
  app.add_flag("--fail-if-higher", options->fail_if_higher, "End with 1 if the new peak is higher");
  add_force_option(app, options->force);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
