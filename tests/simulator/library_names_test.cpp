// A program that opens NVML and CUPTI by name, as it finds them once the libraries of the simulation are preloaded.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "simulated_card.h"

namespace {

using namespace profile_train::simulator;

/// The function of a library that is opened by name. Looked up in what was opened, not everywhere.
template <class Function>
Function* function_of(const char* library, const char* name) {
  void* const opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(opened, nullptr) << dlerror();  // NOLINT(concurrency-mt-unsafe)
  return opened == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(opened, name));
}

TEST(LibraryNames, NvmlIsTheSimulatedOne) {
  auto* const init = function_of<int()>("libnvidia-ml.so.1", "nvmlInit_v2");
  auto* const count = function_of<int(unsigned*)>("libnvidia-ml.so.1", "nvmlDeviceGetCount_v2");
  ASSERT_NE(init, nullptr);
  ASSERT_NE(count, nullptr);
  EXPECT_EQ(init(), 0);
  unsigned devices = 0;
  EXPECT_EQ(count(&devices), 0);
  EXPECT_EQ(devices, 3U);
}

TEST(LibraryNames, CuptiIsTheSimulatedOne) {
  auto* const subscribe = function_of<int(void**, void*, void*)>("libcupti.so.13", "cuptiSubscribe");
  ASSERT_NE(subscribe, nullptr);
  void* subscriber = nullptr;
  EXPECT_EQ(subscribe(&subscriber, nullptr, nullptr), 0);  // NVIDIA's own says 999 without a driver
  EXPECT_EQ(subscribe(&subscriber, nullptr, nullptr), 39);
}

TEST(LibraryNames, TheDriverIsTheSimulatedOne) {
  auto* const count = function_of<int(int*)>("libcuda.so.1", "cuDeviceGetCount");
  ASSERT_NE(count, nullptr);
  int devices = 0;
  EXPECT_EQ(count(&devices), 0);
  EXPECT_EQ(devices, 3);
}

/// Returns only if it fails.
int start_again_with_the_libraries(char** argv) {
  Settings settings = h200_settings();
  settings.devices = 3;
  simulate(settings);
  setenv("LD_PRELOAD", PROFILE_TRAIN_SIMULATION_LIBRARIES, 1);  // NOLINT(concurrency-mt-unsafe): before any thread
  execv("/proc/self/exe", argv);
  std::perror("execv");
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const bool lists = argc > 1 && std::string_view(argv[1]) == "--gtest_list_tests";  // what the build does
  const bool started = std::getenv(kSettingsVariable) != nullptr;  // NOLINT(concurrency-mt-unsafe): before any thread
  if (!lists && !started) return start_again_with_the_libraries(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
