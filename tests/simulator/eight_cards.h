#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <gmock/gmock.h>

#include "simulator/simulation.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {

inline constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Entry points on a machine with eight cards like an H200, of which a test begins on the first.
class EightCards : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Settings settings = h200_settings();
    settings.devices = 8;
    simulate(settings);
    // What forks must be safe although threads run, and must not find the parent's simulation.
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }
  void TearDown() override {
    cudaDeviceSynchronize();  // pools give back what nobody uses
    cudaSetDevice(0);
    cudaGetLastError();
  }

  static std::size_t free_bytes() {
    std::size_t free = 0;
    std::size_t total = 0;
    EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
    EXPECT_EQ(total, std::size_t{141} << 30);
    return free;
  }
  static void* allocate(std::size_t bytes) {
    void* pointer = nullptr;
    EXPECT_EQ(cudaMalloc(&pointer, bytes), cudaSuccess);
    return pointer;
  }
  static std::uint64_t launched() { return simulation().launches.total(); }
  static std::uint64_t unknown_reads() { return simulation().reads.count(ReadKind::copy); }
  static void launch(cudaStream_t stream = nullptr) {
    EXPECT_EQ(cudaLaunchKernel(nullptr, dim3(1), dim3(1), nullptr, 0, stream), cudaSuccess);
  }
};

}  // namespace profile_train::simulator
