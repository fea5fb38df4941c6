// profile-train estimate --config NAME, or --model NAME: what the formulas say about a run that nobody has run.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/resources.h"
#include "cli/shared_options.h"
#include "profiler/memory_model/estimate.h"
#include "profiler/memory_model/hugging_face.h"
#include "profiler/memory_model/zoo.h"
#include "reports/estimate_terminal.h"
#include "reports/json.h"
#include "workloads/config.h"
#include "workloads/modes.h"
#include "workloads/train.h"

namespace profile_train::cli {

namespace {

struct EstimateOptions {
  std::string config;
  std::string model;
  std::int64_t batch = 0;     ///< 0: as the model has it
  std::int64_t sequence = 0;  ///< 0: as the model has it
  std::string device = "cuda";
  std::vector<std::string> overrides;
  PrintOptions print;
};

/// A known model by its name, or the config.json of a Hugging Face model: the file or its folder.
Result<TrainingSetup> model_setup(const std::string& name) {
  std::error_code ignored;
  std::filesystem::path file(name);
  if (std::filesystem::is_directory(file, ignored)) file /= "config.json";
  if (file.extension() != ".json") return known_model(name);
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) return failure(fmt::format("{}: cannot be read", file.string()));
  return setup_from_hugging_face(text.str(), file.string());
}

Result<Estimate> estimate_of_model(const EstimateOptions& options) {
  auto setup = model_setup(options.model);
  if (!setup) return tl::unexpected(setup.error());
  if (options.batch > 0) setup->batch = options.batch;
  if (options.sequence > 0) setup->sequence = options.sequence;
  if (setup->sequence > setup->positions)
    return failure(fmt::format("--sequence: {} is more than the {} positions of {}", setup->sequence, setup->positions,
                               options.model));
  constexpr std::int64_t kHopper = 90;  // there is no card to ask
  setup->device = options.device;
  if (setup->on_cuda()) setup->compute_capability = kHopper;
  return estimate_model(*setup, options.model);
}

Result<Estimate> estimate_of(const EstimateOptions& options) {
  if (options.config.empty() == options.model.empty())
    return failure("name either a configuration with --config or a model with --model");
  if (!options.model.empty()) {
    if (!options.overrides.empty())
      return failure("--set: a model has no configuration; --batch, --sequence and --device are there for it");
    return estimate_of_model(options);
  }
  const auto config = workloads::load_config(options.config, options.overrides, resource_folder());
  if (!config) return tl::unexpected(config.error());
  if (auto fits = workloads::check_modes_on_device(*config, 0); !fits) return tl::unexpected(fits.error());
  return estimate(workloads::setup_of(*config));
}

ExitCode run(const EstimateOptions& options, const Context& context) {
  const auto result = estimate_of(options);
  if (!result) return complain(result.error().message);
  const std::string text = options.print.json
                               ? reports::to_json(*result)
                               : reports::render_estimate(*result, options.print.terminal(context.environment));
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_estimate_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<EstimateOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train estimate --config gpt_medium --set train.batch_size=8\n"
      "  profile-train estimate --model llama-2-7b --sequence 4096\n\n"
      "Exit codes: 0 fine, 2 bad usage or input.");
  add_config_option(app, options->config);
  app.add_option("--model", options->model,
                 "Model in every precision: a name such as llama-2-7b, or a Hugging Face config.json")
      ->type_name("NAME");
  constexpr std::int64_t kMost = 1'000'000;
  app.add_option("--batch", options->batch, "Sequences in a batch, with --model (default: 1)")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  app.add_option("--sequence", options->sequence, "Tokens in a sequence, with --model (default: 1024, or what it has)")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  app.add_option("--device", options->device, "Whose operators, with --model")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  add_set_option(app, options->overrides);
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
