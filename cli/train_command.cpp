// The main job: trains what a configuration describes, under the profiler, and reports.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/report_options.h"
#include "cli/resources.h"
#include "cli/shared_options.h"
#include "cli/simulated_column.h"
#include "cli/simulated_device.h"
#include "cli/training_device.h"
#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/memory_model/simulated.h"
#include "profiler/trace_reader.h"
#include "reports/json.h"
#include "reports/out_of_memory_report.h"
#include "workloads/config.h"
#include "workloads/device.h"
#include "workloads/modes.h"
#include "workloads/tokens.h"
#include "workloads/train.h"

namespace profile_train::cli {

namespace {

struct TrainOptions {
  std::string config;
  std::string device;  ///< empty: what the configuration says
  std::string memory;  ///< of a simulated card; empty: its own
  std::string simulated = "auto";
  std::vector<std::string> overrides;
  std::string output;
  bool force = false;
  bool quiet = false;
  bool no_cupti = false;
  PrintOptions print;
};

SessionOptions session_options(const workloads::TrainingConfig& config, const TrainingDevice& device,
                               const OutputFolder& output, const TrainOptions& options, const Context& context) {
  return {.trace_path = output.trace().string(),
          .device = device.torch,
          .device_name = device.shown,
          .config_name = config.name,
          .config_text = workloads::to_yaml(config),
          .command = context.command_line,
          .setup = workloads::setup_of(config),
          .overwrite = options.force,
          .driver_allocations = !options.no_cupti,
          .on_out_of_memory = [](const std::string& trace) {
            const auto report = reports::write_out_of_memory_report(trace);
            complain(report ? fmt::format("Out of memory: {} says what the device held.", report->string())
                            : report.error().message);
          }};
}

// Trains; train() has told the session, which goes on, what happened.
ExitCode train_in(Session& session, const workloads::TrainingConfig& config, Progress& progress) {
  const InterruptGuard interrupt;
  const std::int64_t steps = config.train.steps;
  workloads::TrainingCallbacks callbacks;
  callbacks.on_model = [&](const workloads::ModelReport&) { progress.show(0, steps, "first step"); };
  callbacks.on_step = [&](const workloads::StepReport& step) {
    const std::string loss = std::isnan(step.loss) ? "" : fmt::format("loss {:.4f}  ", step.loss);
    progress.show(step.step, steps, fmt::format("{}{:.2f} s a step", loss, step.seconds));
  };
  callbacks.should_stop = [&] { return interrupt.requested(); };
  progress.show("making the model");
  const auto outcome = workloads::train(config, &session, callbacks);
  progress.clear();
  if (!outcome) return complain(outcome.error().message, kFailed);
  return outcome->interrupted ? kInterrupted : kFine;
}

/// Fills the simulated column, or says why it is empty.
void simulate_beside(const CardBeside& beside, const OutputFolder& output, const TrainOptions& options,
                     Progress& progress, ModelComparison& model) {
  model.why_not_simulated = beside.why_not;
  if (!beside.card.empty()) {
    progress.show(fmt::format("the same on a simulated {}", beside.card));
    const auto simulated = run_simulated({.config = options.config,
                                          .overrides = options.overrides,
                                          .output = (output.folder / "simulated").string(),
                                          .force = options.force},
                                         beside.card);
    progress.clear();
    if (simulated)
      add_simulated(model, simulated->model, simulated->header.device);
    else
      model.why_not_simulated = simulated.error().message;
  }
  if (!model.why_not_simulated.empty()) complain("Nothing is simulated beside this run: " + model.why_not_simulated);
}

ExitCode report_on(const SessionResult& recorded, const OutputFolder& output, const TrainOptions& options,
                   const CardBeside& beside, const Context& context, Progress& progress) {
  progress.show("reading the trace");
  auto trace = read_trace(recorded.trace_path);
  if (!trace) return complain(trace.error().message, kCannotMeasure);
  progress.show("explaining every byte");
  Analysis analysis = analyse(std::move(*trace));
  simulate_beside(beside, output, options, progress, analysis.summary.model);
  const auto written = write_reports(output, analysis, options.force);
  progress.clear();

  if (options.print.json) {
    std::fputs(reports::to_json(analysis.summary).c_str(), stdout);
  } else if (!options.quiet) {
    auto terminal = options.print.terminal(context.environment);
    terminal.files = files_of(output);
    std::fputs(reports::render_terminal(analysis.summary, terminal).c_str(), stdout);
  }
  if (!written) return complain(written.error().message);
  return kFine;
}

ExitCode run(const TrainOptions& options, const Context& context) {
  auto config = workloads::load_config(options.config, options.overrides, resource_folder());
  if (!config) return complain(config.error().message);
  const std::string asked_for = options.device.empty() ? config->device : options.device;
  if (const auto done = reexecute_under_simulation(asked_for, options.memory, context)) return *done;
  const auto device = training_device(asked_for, context.environment);
  if (!device) return complain(device.error().message);
  config->device = device->torch;
  const auto beside = card_beside(options.simulated, *device, context.environment);
  if (!beside) return complain(beside.error().message);
  if (const auto ready = workloads::prepare_device(config->device); !ready) {
    return complain(fmt::format("--device {}: {}; use --device cpu, or --device sim:h200, which needs no GPU.",
                                device->shown, ready.error().message),
                    kCannotMeasure);
  }
  if (const auto started = workloads::start_device(config->device); !started) {
    const std::string& settings = context.environment.allocator_settings;
    if (settings.empty())
      return complain(fmt::format("--device {}: {}.", device->shown, started.error().message), kCannotMeasure);
    return complain(
        fmt::format("{}; correct PYTORCH_ALLOC_CONF, which is '{}', or unset it.", started.error().message, settings));
  }
  if (const auto fits = workloads::check_modes_on_device(*config, workloads::compute_capability(config->device)); !fits)
    return complain(fits.error().message);
  // Opened again by the training; here, so that a missing file is told before anything is made.
  if (const auto tokens = workloads::TokenFile::open(*config); !tokens) return complain(tokens.error().message);
  const auto output = prepare_output_folder(options.output, config->name, options.force);
  if (!output) return complain(output.error().message);
  auto session = Session::start(session_options(*config, *device, *output, options, context));
  if (!session) return complain(session.error().message);

  Progress progress(context.environment.stderr_is_terminal && !options.quiet);
  const ExitCode trained = train_in(**session, *config, progress);
  const SessionResult recorded = (*session)->stop();
  if (!recorded.limitation.empty()) complain(recorded.limitation);
  const ExitCode reported = report_on(recorded, *output, options, *beside, context, progress);
  return trained != kFine ? trained : reported;
}

}  // namespace

Command add_train_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<TrainOptions>();
  add_config_option(app, options->config);
  add_device_option(app, options->device);
  add_memory_option(app, options->memory);
  app.add_option("--simulated", options->simulated,
                 "Card to simulate the same run on, beside a real GPU: auto (its own card), off, or a name")
      ->type_name("CARD")
      ->capture_default_str();
  add_set_option(app, options->overrides);
  app.add_option("-o,--output", options->output,
                 "Folder for trace.ptrace, report.json and report.html (default: a new one below out/)")
      ->type_name("FOLDER");
  add_force_option(app, options->force);
  app.add_flag("--no-cupti", options->no_cupti,
               "Leave CUPTI to another profiler: what the driver gave is not recorded");
  app.add_flag("-q,--quiet", options->quiet, "Print nothing but errors");
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
