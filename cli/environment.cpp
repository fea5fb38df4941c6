#include "cli/environment.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace profile_train::cli {

namespace {

// Read at start-up, before there is a second thread.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

Environment read_environment() {
  Environment environment;
  environment.stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
  environment.stderr_is_terminal = isatty(STDERR_FILENO) == 1;
  environment.no_colour = !variable("NO_COLOR").empty() || variable("TERM") == "dumb";
  environment.simulation = variable("PROFILE_TRAIN_SIMULATION");
  environment.simulated = !environment.simulation.empty();
  environment.preload = variable("LD_PRELOAD");
  environment.allocator_settings = variable("PYTORCH_ALLOC_CONF");
  if (environment.allocator_settings.empty()) environment.allocator_settings = variable("PYTORCH_CUDA_ALLOC_CONF");
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) environment.terminal_width = size.ws_col;
  return environment;
}

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> result = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool changed = std::ranges::any_of(changes, [&](const std::string& c) { return c.starts_with(name); });
    if (!changed) result.emplace_back(text);
  }
  return result;
}

}  // namespace profile_train::cli
