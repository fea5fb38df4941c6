// profile-train report TRACE: renders a recorded trace again, on any machine.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/report_options.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace {

struct ReportOptions {
  std::string trace;
  std::string html;
  std::string json_file;
  bool force = false;
  PrintOptions print;
};

ExitCode run(const ReportOptions& options, const Context& context) {
  auto trace = read_trace(options.trace);
  if (!trace) return complain(trace.error().message);
  const Analysis analysis = analyse(std::move(*trace));

  const auto if_exists = options.force ? reports::IfExists::replace : reports::IfExists::refuse;
  auto terminal = options.print.terminal(context.environment);
  if (!options.html.empty()) {
    const auto written = reports::write_output_file(options.html, reports::render_html(analysis), if_exists);
    if (!written) return complain(written.error().message);
    terminal.files.push_back(options.html);
  }
  if (!options.json_file.empty()) {
    const auto written = reports::write_output_file(options.json_file, reports::to_json(analysis.summary), if_exists);
    if (!written) return complain(written.error().message);
    terminal.files.push_back(options.json_file);
  }
  const std::string text =
      options.print.json ? reports::to_json(analysis.summary) : reports::render_terminal(analysis.summary, terminal);
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_report_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<ReportOptions>();
  app.add_option("TRACE", options->trace, "Trace file that a run has written (trace.ptrace)")->required();
  app.add_option("--html", options->html, "Write the HTML report to this file");
  app.add_option("--json-file", options->json_file, "Write the JSON report to this file");
  app.add_flag("--force", options->force, "Replace files that exist");
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
