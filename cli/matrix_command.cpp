// profile-train matrix --config NAME --vary precision,attention: the product of settings, each run in its own process.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include "cli/commands.h"
#include "cli/matrix_runs.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/report_options.h"
#include "cli/resources.h"
#include "cli/shared_options.h"
#include "cli/training_device.h"
#include "cli/varied_settings.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "reports/matrix/matrix.h"
#include "reports/output_file.h"
#include "workloads/config.h"

namespace profile_train::cli {

namespace {

namespace fs = std::filesystem;

struct MatrixOptions {
  std::string config;
  std::string device;
  std::string memory;
  std::vector<std::string> vary;
  std::vector<std::string> overrides;
  std::string output;
  int jobs = 0;  ///< 0: as many as do not disturb each other
  bool force = false;
  PrintOptions print;
};

constexpr std::size_t kMostRows = 1'000;

/// On the simulated device nothing is timed that matters; elsewhere one run would slow down the other, or take its
/// memory.
std::size_t runs_at_once(const MatrixOptions& options, const std::string& device) {
  if (options.jobs > 0) return static_cast<std::size_t>(options.jobs);
  return is_simulated(device) ? std::max(1U, std::thread::hardware_concurrency()) : 1;
}

std::vector<std::string> overrides_of(const MatrixOptions& options, const std::vector<VariedSetting>& settings,
                                      const std::vector<std::string>& values) {
  std::vector<std::string> overrides = options.overrides;
  for (std::size_t i = 0; i < settings.size(); ++i)
    overrides.push_back(fmt::format("{}={}", settings[i].key, values[i]));
  return overrides;
}

MatrixJob job_of(const MatrixOptions& options, const std::vector<std::string>& overrides, const fs::path& folder) {
  MatrixJob job;
  job.folder = folder;
  job.arguments = {"--config", options.config, "-o", folder.string(), "--force", "--quiet", "--simulated", "off"};
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    job.arguments.emplace_back(name);
    job.arguments.push_back(value);
  };
  add("--device", options.device);
  add("--memory", options.memory);
  for (const std::string& one : overrides) add("--set", one);
  return job;
}

/// What went wrong, in the program's own words where it said any.
std::string failure_of(const MatrixEnd& end, const Summary* summary) {
  if (end.exit_code == kFine && end.signal == 0) return {};
  if (summary != nullptr && !summary->footer.failure.empty()) return summary->footer.failure;
  if (end.signal != 0) return fmt::format("ended by signal {}", end.signal);
  constexpr std::string_view kName = "profile-train: ";
  if (end.last_words.starts_with(kName)) return end.last_words.substr(kName.size());
  return end.last_words.empty() ? fmt::format("ended with {}", end.exit_code) : end.last_words;
}

void fill(reports::MatrixRow& row, const MatrixEnd& end, const fs::path& folder, const fs::path& output) {
  std::error_code error;
  const fs::path trace_file = folder / "trace.ptrace";
  if (!fs::exists(trace_file, error)) {
    row.failure = failure_of(end, nullptr);
    if (row.failure.empty()) row.failure = "left no trace";
    return;
  }
  auto trace = read_trace(trace_file);
  if (!trace) {
    row.failure = trace.error().message;
    return;
  }
  const Analysis analysis = analyse(std::move(*trace));
  row.run = reports::matrix_run(analysis.summary);
  row.run->report = (folder / "report.html").lexically_relative(output).string();
  row.failure = failure_of(end, &analysis.summary);
}

Result<void> write_matrix(const reports::Matrix& matrix, const fs::path& output, bool force) {
  const auto if_exists = force ? reports::IfExists::replace : reports::IfExists::refuse;
  if (auto json = reports::write_output_file(output / "matrix.json", reports::to_json(matrix), if_exists); !json)
    return json;
  return reports::write_output_file(output / "matrix.html", reports::matrix_html(matrix), if_exists);
}

/// The rows that can run have a job; the others say why not, at once.
struct Plan {
  reports::Matrix matrix;
  std::vector<MatrixJob> jobs;
  std::vector<std::size_t> row_of_job;
};

Result<Plan> plan(const MatrixOptions& options, const std::vector<VariedSetting>& settings, const fs::path& output,
                  const std::string& device) {
  Plan made;
  made.matrix.config = fs::path(options.config).stem().string();
  made.matrix.device = device;
  for (const VariedSetting& setting : settings) made.matrix.keys.push_back(setting.key);
  for (auto& values : product_of(settings)) {
    const auto overrides = overrides_of(options, settings, values);
    reports::MatrixRow row{.values = std::move(values), .run = std::nullopt, .failure = {}};
    if (const auto config = workloads::load_config(options.config, overrides, resource_folder()); !config) {
      row.failure = config.error().message;
    } else {
      const fs::path folder = output / "rows" / fmt::format("{:03}", made.matrix.rows.size() + 1);
      std::error_code error;
      fs::remove_all(folder, error);  // --force: what an earlier matrix left must not be taken for this one's
      fs::create_directories(folder, error);
      if (error)
        return failure(fmt::format("The folder {} cannot be made: {}; give another one with -o.", folder.string(),
                                   error.message()));
      made.jobs.push_back(job_of(options, overrides, folder));
      made.row_of_job.push_back(made.matrix.rows.size());
    }
    made.matrix.rows.push_back(std::move(row));
  }
  return made;
}

ExitCode run(const MatrixOptions& options, const Context& context) {
  const auto settings = varied_settings(options.vary, options.config, options.overrides, resource_folder());
  if (!settings) return complain(settings.error().message);
  std::size_t rows = 1;
  for (const VariedSetting& setting : *settings) rows *= setting.values.size();
  if (rows > kMostRows)
    return complain(
        fmt::format("--vary: that makes {} rows; name fewer values, as in --vary train.batch_size=1,2,4.", rows));
  const auto own = workloads::load_config(options.config, options.overrides, resource_folder());
  if (!own) return complain(own.error().message);
  const std::string device = options.device.empty() ? own->device : options.device;

  const auto output = prepare_folder(options.output, fmt::format("{}-matrix", own->name),
                                     {"matrix.json", "matrix.html"}, options.force);
  if (!output) return complain(output.error().message);
  auto planned = plan(options, *settings, *output, device);
  if (!planned) return complain(planned.error().message);

  Progress progress(context.environment.stderr_is_terminal);
  const auto total = static_cast<std::int64_t>(planned->jobs.size());
  progress.show(0, total, "runs");
  const auto ends = run_jobs(planned->jobs, runs_at_once(options, device),
                             [&](std::size_t done) { progress.show(static_cast<std::int64_t>(done), total, "runs"); });
  for (std::size_t i = 0; i < ends.size(); ++i)
    fill(planned->matrix.rows[planned->row_of_job[i]], ends[i], planned->jobs[i].folder, *output);
  progress.clear();

  const auto written = write_matrix(planned->matrix, *output, options.force);
  auto terminal = options.print.terminal(context.environment);
  if (written) terminal.files = {(*output / "matrix.html").string(), (*output / "matrix.json").string()};
  const std::string text =
      options.print.json ? reports::to_json(planned->matrix) : reports::render_matrix(planned->matrix, terminal);
  std::fputs(text.c_str(), stdout);
  if (!written) return complain(written.error().message);
  return planned->matrix.failures() == static_cast<std::int64_t>(planned->matrix.rows.size()) ? kFailed : kFine;
}

}  // namespace

Command add_matrix_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<MatrixOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train matrix --config gpt_small --device sim:h200 --vary precision,attention\n"
      "  profile-train matrix --config gpt_small --device sim:h200 --vary train.batch_size=1,2,4,8 --vary "
      "checkpointing\n\n"
      "Exit codes: 0 there are results, 1 every row failed, 2 bad usage, input or output. A row that fails says why.");
  add_config_option(app, options->config)->required();
  app.add_option("--vary", options->vary,
                 "Keys whose values are all tried: precision,attention; or with values: train.batch_size=1,2,4")
      ->required()
      ->type_name("KEYS")
      ->allow_extra_args(false);
  add_device_option(app, options->device);
  add_memory_option(app, options->memory);
  add_set_option(app, options->overrides);
  app.add_option("-o,--output", options->output,
                 "Folder for matrix.html, matrix.json and the rows (default: a new one below out/)")
      ->type_name("FOLDER");
  app.add_option("--jobs", options->jobs,
                 "Runs side by side (default: one for each core on a simulated card, else one)")
      ->check(CLI::Range(1, 256));
  add_force_option(app, options->force);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
