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

/// How many of `devices` a CUDA_VISIBLE_DEVICES leaves: those before the first that does not exist.
int visible(std::string_view list, int devices) {
  int count = 0;
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    int device = -1;
    const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), device);
    if (error != std::errc() || device < 0 || device >= devices) break;
    ++count;
  }
  return count;
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
    settings->devices = visible(variable("CUDA_VISIBLE_DEVICES"), settings->devices);
  }
  return *settings;
}

}  // namespace profile_train::simulator
