#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class RuntimeDevice : public EightCards {};

int attribute(cudaDeviceAttr which, int device = 0) {
  int value = -1;
  EXPECT_EQ(cudaDeviceGetAttribute(&value, which, device), cudaSuccess);
  return value;
}

TEST_F(RuntimeDevice, ThereAreEight) {
  int count = 0;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 8);
  EXPECT_EQ(cudaSetDevice(8), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaSetDevice(-1), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  int device = -1;
  EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
  EXPECT_EQ(device, 0) << "a refused one is not taken";
}

TEST_F(RuntimeDevice, EachIsChargedForItself) {
  void* pointers[8] = {};
  for (int device = 0; device < 8; ++device) {
    ASSERT_EQ(cudaSetDevice(device), cudaSuccess);
    const std::size_t before = free_bytes();
    pointers[device] = allocate(static_cast<std::size_t>(device + 1) * 10 * kMiB);
    EXPECT_EQ(before - free_bytes(), static_cast<std::size_t>(device + 1) * 10 * kMiB);
  }
  for (void* const pointer : pointers) EXPECT_EQ(cudaFree(pointer), cudaSuccess) << "from whichever is current";
  for (int device = 0; device < 8; ++device) EXPECT_EQ(simulation().memory.usage(device).used_bytes, 0U);
}

TEST_F(RuntimeDevice, EachThreadBeginsOnTheFirst) {
  ASSERT_EQ(cudaSetDevice(5), cudaSuccess);
  int of_other = -1;
  std::thread([&] { cudaGetDevice(&of_other); }).join();
  EXPECT_EQ(of_other, 0);
  int own = -1;
  cudaGetDevice(&own);
  EXPECT_EQ(own, 5);
}

TEST_F(RuntimeDevice, ErrorsAreAThreadsOwn) {
  EXPECT_EQ(cudaSetDevice(99), cudaErrorInvalidDevice);
  cudaError_t of_other = cudaErrorUnknown;
  std::thread([&] { of_other = cudaGetLastError(); }).join();
  EXPECT_EQ(of_other, cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
}

TEST_F(RuntimeDevice, PropertiesSayWhatAttributesSay) {
  cudaDeviceProp p;
  ASSERT_EQ(cudaGetDeviceProperties(&p, 0), cudaSuccess);
  EXPECT_STREQ(p.name, "NVIDIA H200");
  EXPECT_EQ(p.totalGlobalMem, std::size_t{141} << 30);
  EXPECT_EQ(p.major, attribute(cudaDevAttrComputeCapabilityMajor));
  EXPECT_EQ(p.minor, attribute(cudaDevAttrComputeCapabilityMinor));
  EXPECT_EQ(p.multiProcessorCount, attribute(cudaDevAttrMultiProcessorCount));
  EXPECT_EQ(p.maxThreadsPerMultiProcessor, attribute(cudaDevAttrMaxThreadsPerMultiProcessor));
  EXPECT_EQ(p.maxBlocksPerMultiProcessor, attribute(cudaDevAttrMaxBlocksPerMultiprocessor));
  EXPECT_EQ(p.regsPerMultiprocessor, attribute(cudaDevAttrMaxRegistersPerMultiprocessor));
  EXPECT_EQ(p.regsPerBlock, attribute(cudaDevAttrMaxRegistersPerBlock));
  EXPECT_EQ(p.sharedMemPerBlock, static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlock)));
  EXPECT_EQ(p.sharedMemPerBlockOptin, static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin)));
  EXPECT_EQ(p.sharedMemPerMultiprocessor,
            static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor)));
  EXPECT_EQ(p.reservedSharedMemPerBlock, static_cast<std::size_t>(attribute(cudaDevAttrReservedSharedMemoryPerBlock)));
  EXPECT_EQ(p.totalConstMem, static_cast<std::size_t>(attribute(cudaDevAttrTotalConstantMemory)));
  EXPECT_EQ(p.warpSize, attribute(cudaDevAttrWarpSize));
  EXPECT_EQ(p.maxThreadsPerBlock, attribute(cudaDevAttrMaxThreadsPerBlock));
  EXPECT_EQ(p.maxThreadsDim[2], attribute(cudaDevAttrMaxBlockDimZ));
  EXPECT_EQ(p.maxGridSize[0], attribute(cudaDevAttrMaxGridDimX));
  EXPECT_EQ(p.maxGridSize[1], attribute(cudaDevAttrMaxGridDimY));
  EXPECT_EQ(p.l2CacheSize, attribute(cudaDevAttrL2CacheSize));
  EXPECT_EQ(p.memoryBusWidth, attribute(cudaDevAttrGlobalMemoryBusWidth));
  EXPECT_EQ(p.asyncEngineCount, attribute(cudaDevAttrAsyncEngineCount));
  EXPECT_EQ(p.pciBusID, attribute(cudaDevAttrPciBusId));
  EXPECT_EQ(p.pciDomainID, attribute(cudaDevAttrPciDomainId));
  EXPECT_EQ(p.integrated, attribute(cudaDevAttrIntegrated));
  EXPECT_EQ(p.ECCEnabled, attribute(cudaDevAttrEccEnabled));
  EXPECT_EQ(p.unifiedAddressing, attribute(cudaDevAttrUnifiedAddressing));
  EXPECT_EQ(p.managedMemory, attribute(cudaDevAttrManagedMemory));
  EXPECT_EQ(p.concurrentManagedAccess, attribute(cudaDevAttrConcurrentManagedAccess));
  EXPECT_EQ(p.pageableMemoryAccess, attribute(cudaDevAttrPageableMemoryAccess));
  EXPECT_EQ(p.cooperativeLaunch, attribute(cudaDevAttrCooperativeLaunch));
  EXPECT_EQ(p.memoryPoolsSupported, attribute(cudaDevAttrMemoryPoolsSupported));
  EXPECT_EQ(p.hostRegisterSupported, attribute(cudaDevAttrHostRegisterSupported));
  EXPECT_EQ(p.clusterLaunch, attribute(cudaDevAttrClusterLaunch));
  EXPECT_EQ(p.ipcEventSupported, attribute(cudaDevAttrIpcEventSupport));
}

TEST_F(RuntimeDevice, EachHasAnIdentityOfItsOwn) {
  std::set<std::string> buses;
  std::set<std::string> uuids;
  for (int device = 0; device < 8; ++device) {
    char bus[16] = {};
    ASSERT_EQ(cudaDeviceGetPCIBusId(bus, sizeof bus, device), cudaSuccess);
    buses.insert(bus);
    int found = -1;
    EXPECT_EQ(cudaDeviceGetByPCIBusId(&found, bus), cudaSuccess);
    EXPECT_EQ(found, device);
    cudaDeviceProp properties;
    ASSERT_EQ(cudaGetDeviceProperties(&properties, device), cudaSuccess);
    uuids.insert({properties.uuid.bytes, 16});
    CUuuid of_driver;
    EXPECT_EQ(cuDeviceGetUuid(&of_driver, device), CUDA_SUCCESS);
    EXPECT_EQ(std::string(of_driver.bytes, 16), std::string(properties.uuid.bytes, 16));
  }
  EXPECT_EQ(buses.size(), 8U);
  EXPECT_EQ(uuids.size(), 8U);
  char small[4] = {};
  EXPECT_EQ(cudaDeviceGetPCIBusId(small, sizeof small, 0), cudaErrorInvalidValue);
}

TEST_F(RuntimeDevice, EveryOneReachesEveryOther) {
  int can = -1;
  EXPECT_EQ(cudaDeviceCanAccessPeer(&can, 0, 7), cudaSuccess);
  EXPECT_EQ(can, 1);
  EXPECT_EQ(cudaDeviceCanAccessPeer(&can, 3, 3), cudaSuccess);
  EXPECT_EQ(can, 0);
  EXPECT_EQ(cudaDeviceCanAccessPeer(&can, 0, 8), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaDeviceEnablePeerAccess(0, 0), cudaErrorInvalidDevice) << "itself";
  EXPECT_EQ(cudaDeviceDisablePeerAccess(7), cudaErrorPeerAccessNotEnabled);
  EXPECT_EQ(cudaDeviceEnablePeerAccess(7, 0), cudaSuccess);
  EXPECT_EQ(cudaDeviceEnablePeerAccess(7, 0), cudaErrorPeerAccessAlreadyEnabled);
  ASSERT_EQ(cudaSetDevice(7), cudaSuccess);
  EXPECT_EQ(cudaDeviceEnablePeerAccess(0, 0), cudaSuccess) << "each direction for itself";
  EXPECT_EQ(cudaDeviceDisablePeerAccess(0), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(cudaDeviceDisablePeerAccess(7), cudaSuccess);
}

/// What a program sees of eight cards with CUDA_VISIBLE_DEVICES set; in a process of its own.
void count_devices(const char* visible) {
  ::setenv("CUDA_VISIBLE_DEVICES", visible, 1);  // NOLINT(concurrency-mt-unsafe): before any thread
  int count = -1;
  const cudaError_t error = cudaGetDeviceCount(&count);
  std::fprintf(stderr, "%d devices, %s\n", count, cudaGetErrorName(error));
  std::_Exit(0);
}

using RuntimeDeviceDeathTest = RuntimeDevice;

TEST_F(RuntimeDeviceDeathTest, OnlyVisibleOnesAreThere) {
  EXPECT_EXIT(count_devices("2,5"), ::testing::ExitedWithCode(0), "2 devices, cudaSuccess");
  EXPECT_EXIT(count_devices("7,8,0"), ::testing::ExitedWithCode(0), "1 devices, cudaSuccess")
      << "those before the first that does not exist";
  EXPECT_EXIT(count_devices(""), ::testing::ExitedWithCode(0), "0 devices, cudaErrorNoDevice");
  EXPECT_EXIT(count_devices("-1"), ::testing::ExitedWithCode(0), "0 devices, cudaErrorNoDevice");
}

void run_with(Settings settings, std::size_t bytes) {
  simulate(settings);
  void* pointer = nullptr;
  const cudaError_t error = cudaMalloc(&pointer, bytes);
  std::size_t free = 0;
  std::size_t total = 0;
  cudaMemGetInfo(&free, &total);
  std::fprintf(stderr, "%s, %zu of %zu free\n", cudaGetErrorName(error), free / kMiB, total / kMiB);
  std::_Exit(0);
}

TEST_F(RuntimeDeviceDeathTest, MayHaveAnotherSize) {
  Settings settings = h200_settings();
  settings.memory_bytes = 100 * kMiB;
  EXPECT_EXIT(run_with(settings, 101 * kMiB), ::testing::ExitedWithCode(0),
              "cudaErrorMemoryAllocation, 100 of 100 free");
  EXPECT_EXIT(run_with(settings, 99 * kMiB), ::testing::ExitedWithCode(0), "cudaSuccess, 0 of 100 free");
  settings.unlimited_memory = true;
  EXPECT_EXIT(run_with(settings, 101 * kMiB), ::testing::ExitedWithCode(0), "cudaSuccess, 0 of 100 free");
}

void run_without_settings() {
  ::unsetenv(kSettingsVariable);  // NOLINT(concurrency-mt-unsafe): before any thread
  int count = 0;
  cudaGetDeviceCount(&count);
}

TEST_F(RuntimeDeviceDeathTest, NeedSettings) {
  EXPECT_EXIT(run_without_settings(), ::testing::ExitedWithCode(2), "start the program with profile-train run");
}

}  // namespace
}  // namespace profile_train::simulator
