#include "cli/shared_options.h"

#include <CLI/CLI.hpp>

namespace profile_train::cli {

CLI::Option* add_config_option(CLI::App& app, std::string& config) {
  return app
      .add_option("--config", config,
                  "Training run: a YAML file, or the name of one of the project's own, such as gpt_small")
      ->type_name("NAME");
}

void add_device_option(CLI::App& app, std::string& device) {
  app.add_option("--device", device,
                 "cpu, cuda, cuda:1, or sim:h200, a simulated card (default: the configuration's, else cpu)")
      ->type_name("DEVICE");
}

void add_memory_option(CLI::App& app, std::string& memory) {
  app.add_option("--memory", memory, "Memory of a simulated card in place of its own: 40GiB, or unlimited")
      ->type_name("SIZE");
}

void add_set_option(CLI::App& app, std::vector<std::string>& overrides) {
  app.add_option("--set", overrides, "Replace a value of the configuration, as in --set train.batch_size=8")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_recording_argument(CLI::App& app, std::string& recording) {
  app.add_option("TRACE", recording, "Recording of a run: its trace.ptrace, or a snapshot.pickle of PyTorch")
      ->type_name("FILE")
      ->required();
}

void add_force_option(CLI::App& app, bool& force) { app.add_flag("--force", force, "Replace files that exist"); }

}  // namespace profile_train::cli
