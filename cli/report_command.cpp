// profile-train report TRACE: renders a recorded trace again, on any machine.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/report_outputs.h"
#include "cli/shared_options.h"
#include "profiler/analysis.h"
#include "profiler/import/recording.h"
#include "reports/json.h"

namespace profile_train::cli {

namespace {

struct ReportOptions {
  std::string trace;
  ReportOutputs outputs;
  PrintOptions print;
};

ExitCode run(const ReportOptions& options, const Context& context) {
  auto trace = read_recording(options.trace);
  if (!trace) return complain(trace.error().message);
  const Analysis analysis = analyse(std::move(*trace));

  auto terminal = options.print.terminal(context.environment);
  auto files = options.outputs.write(analysis);
  if (!files) return complain(files.error().message);
  terminal.files = std::move(*files);
  const std::string text =
      options.print.json ? reports::to_json(analysis.summary) : reports::render_terminal(analysis.summary, terminal);
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_report_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<ReportOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train report out/run/trace.ptrace --html report.html\n"
      "  profile-train report snapshot.pickle --perfetto trace.perfetto --top 30\n\n"
      "Exit codes: 0 fine, 2 bad usage, input or output. docs/formats.md says which file opens where.");
  add_recording_argument(app, options->trace);
  options->outputs.add_to(app);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
