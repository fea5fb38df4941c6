// profile-train run --simulate CARD -- PROGRAM …: puts any program on a card that is not there.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/real_devices.h"
#include "cli/report_options.h"
#include "cli/shared_options.h"
#include "cli/simulated_device.h"
#include "cli/simulated_program.h"
#include "cli/simulation_summary.h"
#include "reports/json_writer.h"
#include "reports/output_file.h"
#include "simulator/rendezvous.h"

namespace profile_train::cli {

namespace fs = std::filesystem;

namespace {

struct RunOptions {
  std::string card;
  std::string memory;
  std::optional<int> devices;
  int world_size = 1;
  int rank = 0;
  std::uint64_t max_launches = 0;
  double max_seconds = 0.0;
  double scalar_value = 0.0;
  std::string summary_file;
  bool force = false;
  bool log = false;
  bool quiet = false;
  std::string colour = "auto";
};

/// Where the processes of the program leave what they did. Gone with this object.
class SummaryFolder {
 public:
  static Result<SummaryFolder> make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "profile-train-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) {
      return failure(fmt::format("{} cannot be made: {}; set TMPDIR to a folder that can be written", name,
                                 std::generic_category().message(errno)));
    }
    return SummaryFolder(name);
  }
  ~SummaryFolder() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  SummaryFolder(SummaryFolder&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  SummaryFolder& operator=(SummaryFolder&&) = delete;

  const fs::path& path() const { return folder_; }

 private:
  explicit SummaryFolder(fs::path folder) : folder_(std::move(folder)) {}
  fs::path folder_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

ExitCode exit_code(const SimulationRecord& record) {
  if (record.end.interrupted) return kInterrupted;
  return record.end.failed() ? kFailed : kFine;
}

ExitCode tell(const SimulationRecord& record, const RunOptions& options, const Context& context) {
  if (!options.quiet) {
    const PrintOptions print{.colour = options.colour};
    std::fputs(render_simulation(record, print.terminal(context.environment)).c_str(), stdout);
  }
  if (options.summary_file.empty()) return exit_code(record);
  const auto if_exists = options.force ? reports::IfExists::replace : reports::IfExists::refuse;
  const auto written = reports::write_output_file(options.summary_file, reports::to_text(record.json()), if_exists);
  if (!written) return complain(written.error().message);
  return exit_code(record);
}

/// Opens the meeting place of a job's ranks. Its thread takes no signals: they are for whoever waits for the program.
std::unique_ptr<simulator::Rendezvous> rendezvous(const RunOptions& options) {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto server = std::make_unique<simulator::Rendezvous>(options.world_size, options.rank);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return server;
}

/// What torchrun would tell this rank.
std::vector<std::string> rank_variables(const RunOptions& options, int devices, std::uint16_t port) {
  return {fmt::format("RANK={}", options.rank), fmt::format("WORLD_SIZE={}", options.world_size),
          fmt::format("LOCAL_RANK={}", options.rank % devices),
          fmt::format("LOCAL_WORLD_SIZE={}", std::min(devices, options.world_size)), "MASTER_ADDR=127.0.0.1",
          fmt::format("MASTER_PORT={}", port), "TORCHELASTIC_USE_AGENT_STORE=True",
          // Gloo would connect to every other rank when it is made; so it does only when it is used.
          "TORCH_GLOO_LAZY_INIT=1"};
}

ExitCode run(const RunOptions& options, const std::vector<std::string>& program, const Context& context) {
  if (program.empty()) {
    return complain("There is no program to run: name it after --, as in run --simulate h200 -- python train.py.");
  }
  std::error_code ignored;
  if (!options.summary_file.empty() && !options.force && fs::exists(options.summary_file, ignored)) {
    return complain(
        fmt::format("{} exists already; name another file, or --force to replace it.", options.summary_file));
  }
  auto settings = simulation_settings(options.card, options.memory);
  if (!settings) return complain(settings.error().message + ".");
  if (options.rank >= options.world_size) {
    return complain(
        fmt::format("There is no rank {} of {}: ranks are counted from 0.", options.rank, options.world_size));
  }
  settings->devices = options.devices.value_or(options.world_size);
  settings->world_size = options.world_size;
  settings->rank = options.rank;
  settings->max_launches = options.max_launches;
  settings->max_seconds = options.max_seconds;
  settings->scalar_value = options.scalar_value;
  settings->log_calls = options.log;
  const auto folder = SummaryFolder::make();
  if (!folder) return complain(folder.error().message + ".", kCannotMeasure);
  settings->summary_folder = folder->path().string();
  std::unique_ptr<simulator::Rendezvous> others;
  std::vector<std::string> variables;
  if (options.world_size > 1) {
    others = rendezvous(options);
    if (others->port() == 0) return complain(others->problem() + ".", kCannotMeasure);
    variables = rank_variables(options, settings->devices, others->port());
  }
  const auto environment = simulated_environment(*settings, context.environment, variables);
  if (!environment) return complain(environment.error().message + ".", kCannotMeasure);

  const auto end = run_program(program, *environment);
  if (!end) return complain(end.error().message + ".");
  SimulationRecord record{.command = joined(program), .settings = *settings, .end = *end, .real_gpu = has_real_gpu()};
  read_processes(folder->path(), record);
  return tell(record, options, context);
}

}  // namespace

Command add_run_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<RunOptions>();
  app.footer(
      "Usage: profile-train run --simulate CARD [OPTIONS] -- PROGRAM [ARGUMENTS...]\n\n"
      "The program, C++ or Python, runs unmodified and without a GPU: it finds the card in place of NVIDIA's\n"
      "libraries. Its output stays its own; what it needed of the card follows on stdout when it has ended.\n\n"
      "Exit codes: 0 fine, 1 the program failed, 2 bad usage or output, 3 no simulation here, 130 interrupted.");
  app.add_option("--simulate", options->card, "Card: a name (profile-train devices lists them) or a YAML file")
      ->type_name("CARD")
      ->required();
  app.add_option("--memory", options->memory, "Memory of each device in place of the card's own: 40GiB, or unlimited")
      ->type_name("SIZE");
  app.add_option("--devices", options->devices, "Number of such cards (default: 1, or one a rank)")
      ->check(CLI::Range(1, 64));
  app.add_option("--world-size", options->world_size, "Run one rank of a job of so many; the others are not there")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--rank", options->rank, "Which rank that is")->check(CLI::Range(0, 63))->capture_default_str();
  app.add_option("--max-launches", options->max_launches, "End the program after so many kernels (default: no limit)");
  app.add_option("--max-seconds", options->max_seconds, "End the program after so much time (default: no limit)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--scalar-value", options->scalar_value,
                 "What a number reads as that only a GPU could have computed, such as a loss")
      ->capture_default_str();
  app.add_option("--summary-file", options->summary_file, "Write the summary of every process to this JSON file")
      ->type_name("FILE");
  add_force_option(app, options->force);
  app.add_flag("--log", options->log, "Show every allocation of device memory on stderr");
  app.add_flag("-q,--quiet", options->quiet, "Print no summary");
  app.add_option("--colour,--color", options->colour, "Colours in the text: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.prefix_command();
  return [options, &app, &context] {
    // After "--"; or, without one, from the first word that is no option of ours.
    const std::vector<std::string> rest = app.remaining();
    if (!rest.empty() && (rest.front().starts_with('-') || !context.program.empty())) {
      return complain(fmt::format("{} is no option of run; see profile-train run --help.", rest.front()));
    }
    return run(*options, rest.empty() ? context.program : rest, context);
  };
}

}  // namespace profile_train::cli
