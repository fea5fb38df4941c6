#include <cuda_runtime_api.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "simulated_card.h"
#include "simulator/nvml_types.h"
#include "simulator/simulation.h"

// As a program declares them that loads NVML at run time.
extern "C" {
nvmlReturn_t nvmlInit_v2();
nvmlReturn_t nvmlShutdown();
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count);
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device);
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device);
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* id, nvmlDevice_t* device);
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned bytes);
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned bytes);
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory);
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory);
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_v1_t* infos);
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_v2_t* infos);
nvmlReturn_t nvmlDeviceGetGpuFabricInfoV(nvmlDevice_t device, void* info);
}

namespace profile_train::simulator {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// A machine of two cards, of which CUDA sees the second.
const bool kSimulated = [] {
  Settings settings = h200_settings();
  settings.devices = 2;
  simulate(settings);
  ::setenv("CUDA_VISIBLE_DEVICES", "1", 1);  // NOLINT(concurrency-mt-unsafe): before any thread
  return true;
}();

class Nvml : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS); }
  void TearDown() override { EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS); }

  static nvmlDevice_t device(unsigned index) {
    nvmlDevice_t found = nullptr;
    EXPECT_EQ(nvmlDeviceGetHandleByIndex_v2(index, &found), NVML_SUCCESS);
    return found;
  }
  static nvmlMemory_t memory(unsigned index) {
    nvmlMemory_t found{};
    EXPECT_EQ(nvmlDeviceGetMemoryInfo(device(index), &found), NVML_SUCCESS);
    return found;
  }
};

TEST(NvmlLibrary, NothingIsToldBeforeItIsInitialised) {
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_ERROR_UNINITIALIZED);
  EXPECT_EQ(nvmlShutdown(), NVML_ERROR_UNINITIALIZED);
}

TEST_F(Nvml, SeesCardsThatCudaDoesNot) {
  unsigned count = 0;
  ASSERT_EQ(nvmlDeviceGetCount_v2(&count), NVML_SUCCESS);
  EXPECT_EQ(count, 2U);
  int cuda_count = 0;
  ASSERT_EQ(cudaGetDeviceCount(&cuda_count), cudaSuccess);
  EXPECT_EQ(cuda_count, 1);
  nvmlDevice_t none = nullptr;
  EXPECT_EQ(nvmlDeviceGetHandleByIndex_v2(2, &none), NVML_ERROR_INVALID_ARGUMENT);
}

TEST_F(Nvml, FindsADeviceByWhatCudaTellsOfIt) {
  std::array<char, 32> id{};
  ASSERT_EQ(cudaDeviceGetPCIBusId(id.data(), id.size(), 0), cudaSuccess);
  nvmlDevice_t found = nullptr;
  ASSERT_EQ(nvmlDeviceGetHandleByPciBusId_v2(id.data(), &found), NVML_SUCCESS);
  EXPECT_EQ(found, device(1));

  std::array<char, 96> uuid{};
  ASSERT_EQ(nvmlDeviceGetUUID(found, uuid.data(), uuid.size()), NVML_SUCCESS);
  EXPECT_STREQ(uuid.data(), "GPU-53494d55-4c41-5445-4443-415244000001");  // "SIMULATEDCARD" and the number
  ASSERT_EQ(nvmlDeviceGetHandleByUUID(uuid.data(), &found), NVML_SUCCESS);
  EXPECT_EQ(found, device(1));
  cudaDeviceProp properties{};
  ASSERT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_EQ(properties.uuid.bytes[15], 1);

  std::array<char, 96> name{};
  ASSERT_EQ(nvmlDeviceGetName(found, name.data(), name.size()), NVML_SUCCESS);
  EXPECT_STREQ(name.data(), "NVIDIA H200");
  EXPECT_EQ(nvmlDeviceGetName(found, name.data(), 4), NVML_ERROR_INSUFFICIENT_SIZE);
}

TEST_F(Nvml, UsedMemoryIsWhatTheDriverHandedOut) {
  const nvmlMemory_t before = memory(1);
  void* pointer = nullptr;
  ASSERT_EQ(cudaMalloc(&pointer, 3 * kMiB), cudaSuccess);
  const nvmlMemory_t during = memory(1);
  EXPECT_EQ(during.used - before.used, 4 * kMiB);  // the driver hands out multiples of 2 MiB
  EXPECT_EQ(during.used, simulation().memory.usage(0).used_bytes);
  EXPECT_EQ(during.total, std::uint64_t{141} << 30);
  EXPECT_EQ(during.free, during.total - during.used);
  EXPECT_EQ(memory(0).used, 0U);

  nvmlMemory_v2_t second{};
  EXPECT_EQ(nvmlDeviceGetMemoryInfo_v2(device(1), &second), NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  second.version = kNvmlMemoryV2;
  ASSERT_EQ(nvmlDeviceGetMemoryInfo_v2(device(1), &second), NVML_SUCCESS);
  EXPECT_EQ(second.used, during.used);
  ASSERT_EQ(cudaFree(pointer), cudaSuccess);
  EXPECT_EQ(memory(1).used, before.used);
}

TEST_F(Nvml, ListsThisProcessWhereItHasAContext) {
  void* pointer = nullptr;
  ASSERT_EQ(cudaMalloc(&pointer, 2 * kMiB), cudaSuccess);
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(device(1), &count, nullptr), NVML_ERROR_INSUFFICIENT_SIZE);
  ASSERT_EQ(count, 1U);
  nvmlProcessInfo_v2_t info{};
  ASSERT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(device(1), &count, &info), NVML_SUCCESS);
  EXPECT_EQ(info.pid, static_cast<unsigned>(getpid()));
  EXPECT_EQ(info.usedGpuMemory, memory(1).used);
  EXPECT_EQ(info.gpuInstanceId, kNvmlNoInstance);

  std::array<nvmlProcessInfo_v1_t, 2> oldest{};
  count = oldest.size();
  ASSERT_EQ(nvmlDeviceGetComputeRunningProcesses(device(1), &count, oldest.data()), NVML_SUCCESS);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(oldest[0].usedGpuMemory, info.usedGpuMemory);

  count = 2;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses(device(0), &count, oldest.data()), NVML_SUCCESS);
  EXPECT_EQ(count, 0U);
  ASSERT_EQ(cudaFree(pointer), cudaSuccess);
}

TEST_F(Nvml, SaysThatTheContextIsNotCounted) {
  memory(1);
  const auto missing = simulation().coverage.memory_not_included();
  ASSERT_FALSE(missing.empty());
  EXPECT_EQ(missing[0].what, "the CUDA context of a device, which NVML counts on a real card");
}

TEST_F(Nvml, WhatIsNotSimulatedIsNotSupported) {
  EXPECT_EQ(nvmlDeviceGetGpuFabricInfoV(device(0), nullptr), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(nvmlDeviceGetGpuFabricInfoV(nullptr, nullptr), NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace profile_train::simulator
