// main() of tests that train on CUDA: the program starts itself again on a simulated card, so that they need no GPU.

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "simulator/card_file.h"
#include "simulator/settings.h"

namespace {

using namespace profile_train::simulator;

bool only_lists_tests(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--gtest_list_tests") return true;  // what the build does
  return false;
}

/// Returns only if it fails.
int start_again_on_simulated_card(char** argv) {
  const auto card =
      read_card_file(PROFILE_TRAIN_CARDS "/" PROFILE_TRAIN_CARD ".yaml", [](auto, auto) { return std::nullopt; });
  if (!card) {
    std::fprintf(stderr, "%s\n", card.error().c_str());
    return EXIT_FAILURE;
  }
  Settings settings;
  settings.card = card->card;
  settings.devices = 2;
  // There is no second thread yet.
  setenv(kSettingsVariable, encode(settings).c_str(), 1);     // NOLINT(concurrency-mt-unsafe)
  setenv("LD_PRELOAD", PROFILE_TRAIN_SIMULATION_LIBRARY, 1);  // NOLINT(concurrency-mt-unsafe)
  execv("/proc/self/exe", argv);
  std::perror("execv");
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const bool simulated = std::getenv(kSettingsVariable) != nullptr;  // NOLINT(concurrency-mt-unsafe)
  if (!simulated && !only_lists_tests(argc, argv)) return start_again_on_simulated_card(argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
