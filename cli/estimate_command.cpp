// profile-train estimate --config NAME: what the formulas say about a run that nobody has run.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/resources.h"
#include "profiler/memory_model/estimate.h"
#include "reports/estimate_terminal.h"
#include "reports/json.h"
#include "workloads/config.h"
#include "workloads/modes.h"
#include "workloads/train.h"

namespace profile_train::cli {

namespace {

struct EstimateOptions {
  std::string config;
  std::vector<std::string> overrides;
  PrintOptions print;
};

ExitCode run(const EstimateOptions& options, const Context& context) {
  const auto config = workloads::load_config(options.config, options.overrides, resource_folder());
  if (!config) return complain(config.error().message);
  if (const auto fits = workloads::check_modes_on_device(*config, 0); !fits) return complain(fits.error().message);
  const Estimate result = estimate(workloads::setup_of(*config));
  const std::string text = options.print.json
                               ? reports::to_json(result)
                               : reports::render_estimate(result, options.print.terminal(context.environment));
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_estimate_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<EstimateOptions>();
  app.add_option("--config", options->config, "Training run: a YAML file, or the name of one of the project's own")
      ->required();
  app.add_option("--set", options->overrides, "Replace a value of the configuration, as in --set train.batch_size=8")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
