#include "cli/simulated_device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cli/cards.h"
#include "cli/resources.h"
#include "cli/simulated_program.h"
#include "cli/training_device.h"
#include "profiler/byte_size.h"

namespace profile_train::cli {

namespace {

/// LD_PRELOAD with ours first: what was there keeps its order, and is loaded after them.
std::string preload(const std::vector<std::string>& ours, const std::string& before) {
  std::vector<std::string> all = ours;
  std::size_t begin = 0;
  while (begin < before.size()) {
    const std::size_t end = std::min(before.find_first_of(": ", begin), before.size());
    const std::string entry = before.substr(begin, end - begin);
    if (!entry.empty() && std::ranges::find(all, entry) == all.end()) all.push_back(entry);
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(all, ":"));
}

/// Same card, same memory: what a program sees of the device.
bool same_device(const simulator::Settings& a, const simulator::Settings& b) {
  return a.card == b.card && a.memory_bytes == b.memory_bytes && a.unlimited_memory == b.unlimited_memory;
}

bool runs_on(const simulator::Settings& settings, const Environment& environment) {
  std::string problem;
  const auto now = simulator::decode(environment.simulation, problem);
  return environment.simulated && now && same_device(*now, settings);
}

}  // namespace

Result<simulator::Settings> simulation_settings(const std::string& card, const std::string& memory) {
  auto found = find_card(card);
  if (!found) return tl::unexpected(found.error());
  simulator::Settings settings;
  settings.card = std::move(*found);
  settings.calibration_file = calibration_file().string();
  settings.torch_library = simulation_torch_library().string();
  if (memory == "unlimited") {
    settings.unlimited_memory = true;
  } else if (!memory.empty()) {
    const auto bytes = parse_byte_size(memory);
    if (!bytes) return failure(fmt::format("--memory: {}, or unlimited", bytes.error().message));
    settings.memory_bytes = *bytes;
  }
  return settings;
}

Result<std::vector<std::string>> simulated_environment(const simulator::Settings& settings,
                                                       const Environment& environment,
                                                       std::vector<std::string> changes) {
  std::vector<std::string> libraries;
  for (const auto& library : simulation_libraries()) libraries.push_back(library.string());
  if (libraries.empty()) {
    return failure(
        "the simulated device is not part of this installation: libprofile_train_simcuda.so was not found; build the "
        "target profile_train_simcuda, or install the project again");
  }
  if (libraries.front().find_first_of(": ") != std::string::npos) {
    return failure(fmt::format(
        "{} cannot be loaded into a program: LD_PRELOAD knows no paths with spaces or colons; install the project "
        "elsewhere",
        libraries.front()));
  }
  changes.push_back("LD_PRELOAD=" + preload(libraries, environment.preload));
  if (const auto folder = simulation_driver_folder(); !folder.empty())
    changes.push_back("TRITON_LIBCUDA_PATH=" + folder.string());
  changes.push_back(fmt::format("{}={}", simulator::kSettingsVariable, simulator::encode(settings)));
  return environment_with(changes);
}

std::optional<ExitCode> reexecute_under_simulation(const std::string& device, const std::string& memory,
                                                   const Context& context) {
  if (!is_simulated(device)) {
    if (memory.empty()) return std::nullopt;
    return complain(fmt::format("--memory is for simulated cards, and --device is {}; use --device sim:h200.", device));
  }
  const auto settings = simulation_settings(device.substr(device.find(':') + 1), memory);
  if (!settings) return complain(fmt::format("--device {}: {}.", device, settings.error().message));
  if (runs_on(*settings, context.environment)) return std::nullopt;
  auto environment = simulated_environment(*settings, context.environment);
  if (!environment) {
    return complain(fmt::format("--device {}: {}.", device, environment.error().message), kCannotMeasure);
  }
  std::vector<std::string> arguments = context.arguments;
  execve("/proc/self/exe", null_terminated(arguments).data(), null_terminated(*environment).data());
  return complain(fmt::format("--device {}: the program cannot be started again: {}.", device,
                              std::generic_category().message(errno)),
                  kCannotMeasure);
}

}  // namespace profile_train::cli
