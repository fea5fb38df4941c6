#include "hooks/cupti_calls.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace profile_train::hooks {
namespace {

constexpr CUdeviceptr kPlace = 0x7F00'0000'0000;

void expect(const std::optional<DriverChange>& change, EventKind kind, DriverMemory memory, std::uint64_t address,
            Bytes bytes) {
  ASSERT_TRUE(change);
  EXPECT_EQ(change->kind, kind);
  EXPECT_EQ(change->memory, memory);
  EXPECT_EQ(change->address, address);
  EXPECT_EQ(change->bytes, bytes);
}

TEST(MemoryCalls, AllocationsTellWhatTheyGave) {
  CUdeviceptr given = kPlace;
  const cuMemAlloc_v2_params plain{&given, 100};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &plain), EventKind::driver_allocate, DriverMemory::device,
         kPlace, 100);
  std::size_t pitch = 512;
  const cuMemAllocPitch_v2_params rows{&given, &pitch, 100, 10, 4};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAllocPitch_v2, &rows), EventKind::driver_allocate, DriverMemory::device,
         kPlace, 5120);
  const cuMemAllocManaged_params managed{&given, 100, 1};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged, &managed), EventKind::driver_allocate,
         DriverMemory::managed, kPlace, 100);
  const cuMemAllocAsync_params ordered{&given, 100, nullptr};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync, &ordered), EventKind::driver_allocate, DriverMemory::pooled,
         kPlace, 100);
  const cuMemAllocFromPoolAsync_params from_pool{&given, 100, nullptr, nullptr};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync, &from_pool), EventKind::driver_allocate,
         DriverMemory::pooled, kPlace, 100);
  void* host = reinterpret_cast<void*>(0x1000);
  const cuMemHostAlloc_params pinned{&host, 100, 0};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc, &pinned), EventKind::driver_allocate, DriverMemory::pinned,
         0x1000, 100);
  const cuMemAllocHost_v2_params pinned_too{&host, 100};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemAllocHost_v2, &pinned_too), EventKind::driver_allocate,
         DriverMemory::pinned, 0x1000, 100);
}

TEST(MemoryCalls, ReleasesTellWhatTheyWereGivenAndNullIsNothing) {
  const cuMemFree_v2_params plain{kPlace};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, &plain), EventKind::driver_free, DriverMemory::device, kPlace,
         0);
  const cuMemFreeAsync_params ordered{kPlace, nullptr};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync, &ordered), EventKind::driver_free, DriverMemory::pooled,
         kPlace, 0);
  const cuMemFreeHost_params host{reinterpret_cast<void*>(0x1000)};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemFreeHost, &host), EventKind::driver_free, DriverMemory::pinned, 0x1000,
         0);
  const cuMemFree_v2_params nothing{0};
  EXPECT_FALSE(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, &nothing));
}

TEST(MemoryCalls, PhysicalMemoryIsOfTheDeviceItWasMadeOnAndHasAHandle) {
  CUmemGenericAllocationHandle handle = 0xABCD;
  CUmemAllocationProp where{};
  where.location = {CU_MEM_LOCATION_TYPE_DEVICE, {3}};
  const cuMemCreate_params made{&handle, 2 << 20, &where, 0};
  const auto creation = change_by(CUPTI_DRIVER_TRACE_CBID_cuMemCreate, &made);
  expect(creation, EventKind::driver_allocate, DriverMemory::physical, 0xABCD, 2 << 20);
  EXPECT_EQ(creation->device, 3);
  const cuMemMap_params mapped{kPlace, 2 << 20, 0, handle, 0};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemMap, &mapped), EventKind::driver_map, DriverMemory::physical, kPlace,
         0xABCD);
  const cuMemRetainAllocationHandle_params retained{&handle, reinterpret_cast<void*>(kPlace)};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemRetainAllocationHandle, &retained), EventKind::driver_map,
         DriverMemory::physical, 0, 0xABCD);
  const cuMemUnmap_params unmapped{kPlace, 4 << 20};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemUnmap, &unmapped), EventKind::driver_unmap, DriverMemory::device,
         kPlace, 4 << 20);
  const cuMemRelease_params released{handle};
  expect(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemRelease, &released), EventKind::driver_free, DriverMemory::physical,
         0xABCD, 0);

  where.location.type = CU_MEM_LOCATION_TYPE_HOST;
  EXPECT_FALSE(change_by(CUPTI_DRIVER_TRACE_CBID_cuMemCreate, &made));
}

TEST(MemoryCalls, OtherCallsAreNotWatchedAndDoNothing) {
  EXPECT_EQ(std::ranges::count(memory_calls(), CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel), 0);
  EXPECT_FALSE(change_by(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, nullptr));
}

}  // namespace
}  // namespace profile_train::hooks
