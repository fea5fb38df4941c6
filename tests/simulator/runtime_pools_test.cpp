#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class RuntimePools : public EightCards {
 protected:
  static std::uint64_t get(cudaMemPool_t pool, cudaMemPoolAttr which) {
    std::uint64_t value = 0;
    EXPECT_EQ(cudaMemPoolGetAttribute(pool, which, &value), cudaSuccess);
    return value;
  }
  static void set(cudaMemPool_t pool, cudaMemPoolAttr which, std::uint64_t value) {
    EXPECT_EQ(cudaMemPoolSetAttribute(pool, which, &value), cudaSuccess);
  }
  static void* allocate_async(std::size_t bytes) {
    void* pointer = nullptr;
    EXPECT_EQ(cudaMallocAsync(&pointer, bytes, nullptr), cudaSuccess);
    return pointer;
  }
};

TEST_F(RuntimePools, AreChargedForWhatTheyReserve) {
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaDeviceGetDefaultMemPool(&pool, 0), cudaSuccess);
  const std::size_t before = free_bytes();
  void* const a = allocate_async(5 * kMiB);
  void* const b = allocate_async(100);
  EXPECT_EQ(get(pool, cudaMemPoolAttrUsedMemCurrent), 5 * kMiB + 512);
  EXPECT_EQ(get(pool, cudaMemPoolAttrReservedMemCurrent), 6 * kMiB);
  EXPECT_EQ(before - free_bytes(), 6 * kMiB);
  EXPECT_EQ(cudaFreeAsync(a, nullptr), cudaSuccess);
  EXPECT_EQ(get(pool, cudaMemPoolAttrUsedMemCurrent), 512U);
  EXPECT_EQ(before - free_bytes(), 6 * kMiB) << "nothing was synchronised yet";
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
  EXPECT_EQ(before - free_bytes(), 2 * kMiB);
  EXPECT_EQ(cudaFreeAsync(b, nullptr), cudaSuccess);
  EXPECT_EQ(cudaFreeAsync(b, nullptr), cudaErrorInvalidValue) << "twice";
  EXPECT_EQ(cudaFreeAsync(nullptr, nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(free_bytes(), before);
}

TEST_F(RuntimePools, KeepUpToAThreshold) {
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaDeviceGetDefaultMemPool(&pool, 0), cudaSuccess);
  const std::size_t before = free_bytes();
  set(pool, cudaMemPoolAttrReleaseThreshold, UINT64_MAX);
  EXPECT_EQ(get(pool, cudaMemPoolAttrReleaseThreshold), UINT64_MAX);
  EXPECT_EQ(cudaFreeAsync(allocate_async(8 * kMiB), nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(before - free_bytes(), 8 * kMiB);
  set(pool, cudaMemPoolAttrUsedMemHigh, 0);
  EXPECT_EQ(get(pool, cudaMemPoolAttrUsedMemHigh), 0U);
  EXPECT_GE(get(pool, cudaMemPoolAttrReservedMemHigh), 8 * kMiB) << "has a reset of its own";
  EXPECT_EQ(cudaMemPoolTrimTo(pool, 0), cudaSuccess);
  EXPECT_EQ(free_bytes(), before);
  set(pool, cudaMemPoolAttrReleaseThreshold, 0);
}

TEST_F(RuntimePools, AProgramMayMakeItsOwn) {
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location = {};
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = 2;
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaMemPoolCreate(&pool, &properties), cudaSuccess);
  void* pointer = nullptr;
  ASSERT_EQ(cudaMallocFromPoolAsync(&pointer, kMiB, pool, nullptr), cudaSuccess);
  const std::size_t free_of_first = free_bytes();
  ASSERT_EQ(cudaSetDevice(2), cudaSuccess);
  EXPECT_EQ(free_of_first - free_bytes(), 2 * kMiB) << "taken of the device that the pool is on";
  EXPECT_EQ(cudaMemPoolDestroy(pool), cudaSuccess);
  EXPECT_EQ(cudaFreeAsync(pointer, nullptr), cudaSuccess);
  EXPECT_EQ(free_bytes(), free_of_first);
  EXPECT_EQ(cudaMallocFromPoolAsync(&pointer, kMiB, pool, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(pointer, nullptr);
  properties.location.id = 8;
  EXPECT_EQ(cudaMemPoolCreate(&pool, &properties), cudaErrorInvalidDevice);
}

}  // namespace
}  // namespace profile_train::simulator
