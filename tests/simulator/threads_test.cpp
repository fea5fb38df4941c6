#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class Threads : public EightCards {
 protected:
  /// Runs `work(number)` on four threads at once.
  template <class Work>
  static void at_once(Work work) {
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) threads.emplace_back(work, number);
    for (std::thread& thread : threads) thread.join();
  }
  static std::uint64_t used() {
    std::uint64_t sum = 0;
    for (int device = 0; device < 8; ++device) sum += simulation().memory.usage(device).used_bytes;
    return sum;
  }
};

/// Allocates by a random one of the calls, remembers what it has, and gives everything back.
void allocate_and_free(int number) {
  std::mt19937 random(static_cast<unsigned>(number));
  std::vector<std::pair<void*, cudaError_t (*)(void*)>> live;
  const auto free_one = [&] {
    const std::size_t which = random() % live.size();
    EXPECT_EQ(live[which].second(live[which].first), cudaSuccess);
    live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
  };
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(cudaSetDevice(static_cast<int>(random() % 8)), cudaSuccess);
    const std::size_t bytes = 1 + random() % (8 * kMiB);
    void* pointer = nullptr;
    switch (random() % 6) {
      case 0:
        ASSERT_EQ(cudaMallocAsync(&pointer, bytes, nullptr), cudaSuccess);
        live.emplace_back(pointer, [](void* p) { return cudaFreeAsync(p, nullptr); });
        break;
      case 1:
        ASSERT_EQ(cudaMallocHost(&pointer, bytes), cudaSuccess);
        live.emplace_back(pointer, [](void* p) { return cudaFreeHost(p); });
        break;
      case 2:
        ASSERT_EQ(cudaMallocManaged(&pointer, bytes, cudaMemAttachGlobal), cudaSuccess);
        live.emplace_back(pointer, [](void* p) { return cudaFree(p); });
        break;
      case 3: EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess); break;
      default:
        ASSERT_EQ(cudaMalloc(&pointer, bytes), cudaSuccess);
        live.emplace_back(pointer, [](void* p) { return cudaFree(p); });
    }
    while (live.size() > 20) free_one();
  }
  while (!live.empty()) free_one();
}

TEST_F(Threads, GiveEverythingBack) {
  const std::uint64_t before = used();
  const std::uint64_t pinned = simulation().memory.pinned_usage().used_bytes;
  at_once(allocate_and_free);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(used(), before);
  EXPECT_EQ(simulation().memory.pinned_usage().used_bytes, pinned);
}

TEST_F(Threads, ReadBackWhatTheyWroteThemselves) {
  const std::uint64_t reads = unknown_reads();
  std::atomic<int> wrong{0};
  at_once([&](int number) {
    for (int i = 0; i < 500; ++i) {
      void* pointer = nullptr;
      if (cudaMalloc(&pointer, 100) != cudaSuccess) ++wrong;
      const std::array<int, 2> sent = {number, i};
      std::array<int, 2> received{};
      cudaMemcpy(pointer, sent.data(), sizeof sent, cudaMemcpyHostToDevice);
      cudaMemcpy(received.data(), pointer, sizeof received, cudaMemcpyDeviceToHost);
      if (received != sent || cudaFree(pointer) != cudaSuccess) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(unknown_reads(), reads);
}

TEST_F(Threads, ShareStreamsEventsAndCaptures) {
  const std::uint64_t before = launched();
  at_once([](int) {
    for (int i = 0; i < 100; ++i) {
      cudaStream_t stream = nullptr;
      cudaEvent_t event = nullptr;
      cudaGraph_t graph = nullptr;
      ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
      ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
      EXPECT_EQ(cudaLaunchKernel(nullptr, dim3(1), dim3(1), nullptr, 0, stream), cudaSuccess);
      ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
      EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
      EXPECT_EQ(cudaLaunchKernel(nullptr, dim3(1), dim3(1), nullptr, 0, stream), cudaSuccess);
      ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
      EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
      EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
      EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    }
  });
  EXPECT_EQ(launched(), before + 400) << "what was captured did not run";
  EXPECT_FALSE(simulation().streams.any_capture());
}

TEST_F(Threads, MapAndUnmapSideBySide) {
  const std::uint64_t before = used();
  at_once([](int number) {
    CUmemAllocationProp properties{};
    properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
    properties.location.id = number;
    for (int i = 0; i < 200; ++i) {
      CUdeviceptr address = 0;
      CUmemGenericAllocationHandle handle = 0;
      ASSERT_EQ(cuMemAddressReserve(&address, 8 * kMiB, 0, 0, 0), CUDA_SUCCESS);
      ASSERT_EQ(cuMemCreate(&handle, 4 * kMiB, &properties, 0), CUDA_SUCCESS);
      ASSERT_EQ(cuMemMap(address, 4 * kMiB, 0, handle, 0), CUDA_SUCCESS);
      EXPECT_EQ(cuMemRelease(handle), CUDA_SUCCESS);
      EXPECT_EQ(cuMemUnmap(address, 4 * kMiB), CUDA_SUCCESS);
      EXPECT_EQ(cuMemAddressFree(address, 8 * kMiB), CUDA_SUCCESS);
    }
  });
  EXPECT_EQ(used(), before);
}

}  // namespace
}  // namespace profile_train::simulator
