#include "simulator/environment.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "simulator/message.h"

namespace profile_train::simulator {
namespace {

constexpr int kBadInput = 2;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): once, at the first call
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// Which of `devices` a CUDA_VISIBLE_DEVICES leaves: those before the first that does not exist.
std::vector<int> visible(std::string_view list, int devices) {
  std::vector<int> numbers;
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    int device = -1;
    const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), device);
    if (error != std::errc() || device < 0 || device >= devices) break;
    numbers.push_back(device);
  }
  return numbers;
}

}  // namespace

Settings settings_from_environment() {
  const std::string_view text = variable(kSettingsVariable);
  std::string problem = "start the program with profile-train run --simulate CARD -- PROGRAM";
  std::optional<Settings> settings;
  if (!text.empty()) settings = decode(text, problem);
  if (!settings) {
    say("{}", problem);
    _exit(kBadInput);
  }
  if (std::getenv("CUDA_VISIBLE_DEVICES") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    settings->machine_numbers = visible(variable("CUDA_VISIBLE_DEVICES"), settings->devices);
    const int left = static_cast<int>(settings->machine_numbers.size());
    settings->hidden_devices = settings->devices - left;
    settings->devices = left;
  }
  return *settings;
}

}  // namespace profile_train::simulator
