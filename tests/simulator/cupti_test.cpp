#include <cuda_runtime_api.h>
#include <cupti.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <set>
#include <string>
#include <thread>

#include "cupti_client.h"
#include "simulated_card.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

const bool kSimulated = [] {
  simulate();
  return true;
}();

CUdeviceptr allocate(std::size_t bytes) {
  void* pointer = nullptr;
  EXPECT_EQ(cudaMalloc(&pointer, bytes), cudaSuccess);
  return reinterpret_cast<CUdeviceptr>(pointer);
}

void release(CUdeviceptr address) { EXPECT_EQ(cudaFree(reinterpret_cast<void*>(address)), cudaSuccess); }

TEST(Cupti, OneSubscriberAtATime) {
  CuptiClient first;
  CUpti_SubscriberHandle second = nullptr;
  EXPECT_EQ(cuptiSubscribe(&second, nullptr, nullptr), CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED);
  std::array<char, CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN> holder{};
  CUpti_SubscriberParams params{};
  params.structSize = CUpti_SubscriberParams_STRUCT_SIZE;
  params.oldSubscriberName = holder.data();
  params.oldSubscriberSize = holder.size();
  EXPECT_EQ(cuptiSubscribe_v2(&second, nullptr, nullptr, &params), CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED);
  EXPECT_STREQ(holder.data(), "CUPTI for profile-train");
  params.structSize = 0;
  EXPECT_EQ(cuptiSubscribe_v2(&second, nullptr, nullptr, &params), CUPTI_ERROR_INVALID_PARAMETER);
}

TEST(Cupti, ASubscriberThatLeavesMakesRoomAndHearsNothingMore) {
  CUpti_SubscriberHandle first = nullptr;
  ASSERT_EQ(cuptiSubscribe(&first, nullptr, nullptr), CUPTI_SUCCESS);
  ASSERT_EQ(cuptiUnsubscribe(first), CUPTI_SUCCESS);
  const CuptiClient second;
  EXPECT_EQ(cuptiUnsubscribe(first), CUPTI_ERROR_INVALID_PARAMETER);
  EXPECT_EQ(cuptiEnableDomain(1, first, CUPTI_CB_DOMAIN_DRIVER_API), CUPTI_ERROR_INVALID_PARAMETER);
  release(allocate(kMiB));
  EXPECT_TRUE(second.calls.empty());  // it enabled nothing
}

TEST(Cupti, CallbacksOfTheDriverComeAtEntryAndExitOfTheRuntimesCalls) {
  CuptiClient client;
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2);
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2);
  const CUdeviceptr address = allocate(3 * kMiB);
  release(address);
  ASSERT_EQ(client.calls.size(), 4U);
  EXPECT_TRUE(client.calls[0].enter);
  EXPECT_FALSE(client.calls[1].enter);
  EXPECT_EQ(client.calls[1].id, static_cast<CUpti_CallbackId>(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2));
  EXPECT_EQ(client.calls[1].address, address);
  EXPECT_EQ(client.calls[1].correlation, client.calls[0].correlation);
  EXPECT_EQ(client.calls[1].shared, 40U + client.calls[0].correlation);
  EXPECT_EQ(client.calls[3].id, static_cast<CUpti_CallbackId>(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2));
  EXPECT_GT(client.calls[3].correlation, client.calls[1].correlation);
}

TEST(Cupti, AFailedAllocationIsToldAtItsExitAndMakesNoRecord) {
  CuptiClient client;
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2);
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  void* pointer = nullptr;
  EXPECT_EQ(cudaMalloc(&pointer, std::size_t{1} << 50), cudaErrorMemoryAllocation);
  ASSERT_EQ(client.calls.size(), 2U);
  EXPECT_EQ(client.calls[1].result, CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_TRUE(client.memory_records().empty());
}

TEST(Cupti, WhatASubscriberCallsItselfIsNotToldToIt) {
  CuptiClient client;
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2);
  client.in_callback = [] { release(allocate(kMiB)); };
  release(allocate(kMiB));
  EXPECT_EQ(client.calls.size(), 2U);
}

TEST(Cupti, AnAllocationAndItsReleaseMakeTwoRecords) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  std::uint64_t before_ns = 0;
  ASSERT_EQ(cuptiGetTimestamp(&before_ns), CUPTI_SUCCESS);
  const CUdeviceptr address = allocate(3 * kMiB + 1);
  release(address);
  const auto records = client.memory_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].memoryOperationType, CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION);
  EXPECT_EQ(records[1].memoryOperationType, CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE);
  for (const CUpti_ActivityMemory4& record : records) {
    EXPECT_EQ(record.memoryKind, CUPTI_ACTIVITY_MEMORY_KIND_DEVICE);
    EXPECT_EQ(record.address, address);
    EXPECT_EQ(record.bytes, 3 * kMiB + 1);
    EXPECT_EQ(record.deviceId, 0U);
    EXPECT_EQ(record.contextId, 1U);
    EXPECT_EQ(record.streamId, CUPTI_INVALID_STREAM_ID);
    EXPECT_EQ(record.isAsync, 0U);
    EXPECT_EQ(record.processId, static_cast<std::uint32_t>(getpid()));
  }
  EXPECT_GE(records[0].timestamp, before_ns);
  EXPECT_GE(records[1].timestamp, records[0].timestamp);
  EXPECT_GT(records[1].correlationId, records[0].correlationId);
  EXPECT_NE(client.thread_of_delivery, std::this_thread::get_id());
}

TEST(Cupti, RecordsTellPinnedAndManagedMemoryApart) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  void* pinned = nullptr;
  void* managed = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, 4096), cudaSuccess);
  ASSERT_EQ(cudaMallocManaged(&managed, kMiB, cudaMemAttachGlobal), cudaSuccess);
  ASSERT_EQ(cudaFree(managed), cudaSuccess);
  ASSERT_EQ(cudaFreeHost(pinned), cudaSuccess);
  const auto records = client.memory_records();
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].memoryKind, CUPTI_ACTIVITY_MEMORY_KIND_PINNED);
  EXPECT_EQ(records[1].memoryKind, CUPTI_ACTIVITY_MEMORY_KIND_MANAGED);
  EXPECT_EQ(records[2].memoryKind, CUPTI_ACTIVITY_MEMORY_KIND_MANAGED);
  EXPECT_EQ(records[3].memoryKind, CUPTI_ACTIVITY_MEMORY_KIND_PINNED);
  EXPECT_EQ(records[3].bytes, 4096U);
}

TEST(Cupti, StreamOrderedMemoryNamesItsStreamAndItsPool) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaDeviceGetDefaultMemPool(&pool, 0), cudaSuccess);
  void* pointer = nullptr;
  ASSERT_EQ(cudaMallocAsync(&pointer, 1000, nullptr), cudaSuccess);
  ASSERT_EQ(cudaFreeAsync(pointer, nullptr), cudaSuccess);
  const auto records = client.memory_records();
  ASSERT_EQ(records.size(), 2U);
  for (const CUpti_ActivityMemory4& record : records) {
    EXPECT_EQ(record.bytes, 1000U);
    EXPECT_EQ(record.isAsync, 1U);
    EXPECT_EQ(record.streamId, 7U);
    EXPECT_EQ(record.memoryPoolConfig.memoryPoolType, CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL);
    EXPECT_EQ(record.memoryPoolConfig.address, reinterpret_cast<std::uint64_t>(pool));
    EXPECT_EQ(record.memoryPoolConfig.pool.size, 2 * kMiB);
  }
  EXPECT_EQ(records[0].memoryPoolConfig.utilizedSize, 1024U);  // pools hand out multiples of 512 B
  EXPECT_EQ(records[1].memoryPoolConfig.utilizedSize, 0U);
}

TEST(Cupti, PoolsAreRecordedWhenTheyAreMadeTrimmedAndDestroyed) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY_POOL);
  const cudaMemPoolProps properties{};
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaMemPoolCreate(&pool, &properties), cudaSuccess);
  ASSERT_EQ(cudaMemPoolTrimTo(pool, 512), cudaSuccess);
  ASSERT_EQ(cudaMemPoolDestroy(pool), cudaSuccess);
  const auto records = client.pool_records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].memoryPoolOperationType, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED);
  EXPECT_EQ(records[1].memoryPoolOperationType, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED);
  EXPECT_EQ(records[1].minBytesToKeep, 512U);
  EXPECT_EQ(records[2].memoryPoolOperationType, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_DESTROYED);
  for (const auto& record : records) EXPECT_EQ(record.address, reinterpret_cast<std::uint64_t>(pool));
}

TEST(Cupti, MappedMemoryIsToldByCallbacksAlone) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemCreate);
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemMap);
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemUnmap);
  client.watch(CUPTI_DRIVER_TRACE_CBID_cuMemRelease);
  CUmemAllocationProp where{};
  where.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  where.location = {CU_MEM_LOCATION_TYPE_DEVICE, {0}};
  CUdeviceptr address = 0;
  CUmemGenericAllocationHandle memory = 0;
  ASSERT_EQ(cuMemAddressReserve(&address, 2 * kMiB, 0, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemCreate(&memory, 2 * kMiB, &where, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemMap(address, 2 * kMiB, 0, memory, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemUnmap(address, 2 * kMiB), CUDA_SUCCESS);
  ASSERT_EQ(cuMemRelease(memory), CUDA_SUCCESS);
  ASSERT_EQ(cuMemAddressFree(address, 2 * kMiB), CUDA_SUCCESS);
  EXPECT_EQ(client.calls.size(), 8U);
  EXPECT_TRUE(client.memory_records().empty());
}

TEST(Cupti, RecordsWithoutABufferAreCountedAsDropped) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  client.refuses_buffers = true;
  release(allocate(kMiB));
  std::size_t dropped = 0;
  ASSERT_EQ(cuptiActivityGetNumDroppedRecords(nullptr, 0, &dropped), CUPTI_SUCCESS);
  EXPECT_EQ(dropped, 2U);
  ASSERT_EQ(cuptiActivityGetNumDroppedRecords(nullptr, 0, &dropped), CUPTI_SUCCESS);
  EXPECT_EQ(dropped, 0U);
  EXPECT_TRUE(client.memory_records().empty());
}

TEST(Cupti, AllocationsOfManyThreadsAreAllRecorded) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  CuptiClient client(1024);  // eight records a buffer
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < kEach; ++i) release(allocate(kMiB));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint32_t> correlations;
  std::int64_t bytes = 0;
  for (const CUpti_ActivityMemory4& record : client.memory_records()) {
    correlations.insert(record.correlationId);
    const bool allocation = record.memoryOperationType == CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION;
    bytes += allocation ? static_cast<std::int64_t>(record.bytes) : -static_cast<std::int64_t>(record.bytes);
  }
  EXPECT_EQ(correlations.size(), std::size_t{2} * kThreads * kEach);
  EXPECT_EQ(bytes, 0);
}

TEST(Cupti, FinalizingLeavesNothingEnabled) {
  CUpti_SubscriberHandle subscriber = nullptr;
  ASSERT_EQ(cuptiSubscribe(&subscriber, nullptr, nullptr), CUPTI_SUCCESS);
  ASSERT_EQ(cuptiEnableDomain(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API), CUPTI_SUCCESS);
  ASSERT_EQ(cuptiActivityEnable(CUPTI_ACTIVITY_KIND_MEMORY2), CUPTI_SUCCESS);
  EXPECT_TRUE(simulation().cupti.watches_driver());
  ASSERT_EQ(cuptiFinalize(), CUPTI_SUCCESS);
  EXPECT_FALSE(simulation().cupti.watches_driver());
  const CuptiClient next;  // CUPTI is free
}

TEST(Cupti, NamesAndNumbersAreThoseOfItsHeaders) {
  std::uint32_t version = 0;
  ASSERT_EQ(cuptiGetVersion(&version), CUPTI_SUCCESS);
  EXPECT_EQ(version, static_cast<std::uint32_t>(CUPTI_API_VERSION));
  const char* name = nullptr;
  ASSERT_EQ(cuptiGetCallbackName(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &name),
            CUPTI_SUCCESS);
  EXPECT_STREQ(name, "cuMemAlloc_v2");
  ASSERT_EQ(cuptiGetCallbackName(CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaMalloc_v3020, &name),
            CUPTI_SUCCESS);
  EXPECT_STREQ(name, "cudaMalloc_v3020");
  EXPECT_EQ(cuptiGetCallbackName(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_SIZE, &name),
            CUPTI_ERROR_INVALID_PARAMETER);
  ASSERT_EQ(cuptiGetResultString(CUPTI_ERROR_INSUFFICIENT_PRIVILEGES, &name), CUPTI_SUCCESS);
  EXPECT_STREQ(name, "CUPTI_ERROR_INSUFFICIENT_PRIVILEGES");
  EXPECT_EQ(cuptiActivityEnable(CUPTI_ACTIVITY_KIND_INVALID), CUPTI_ERROR_INVALID_KIND);
}

TEST(Cupti, AttributesKeepWhatWasSet) {
  std::size_t value = 0;
  std::size_t bytes = sizeof value;
  ASSERT_EQ(cuptiActivityGetAttribute(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, &bytes, &value), CUPTI_SUCCESS);
  EXPECT_EQ(value, 3'200'000U);
  value = 4096;
  ASSERT_EQ(cuptiActivitySetAttribute(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, &bytes, &value), CUPTI_SUCCESS);
  value = 0;
  ASSERT_EQ(cuptiActivityGetAttribute(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, &bytes, &value), CUPTI_SUCCESS);
  EXPECT_EQ(value, 4096U);
  bytes = 1;
  EXPECT_EQ(cuptiActivityGetAttribute(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, &bytes, &value),
            CUPTI_ERROR_PARAMETER_SIZE_NOT_SUFFICIENT);
}

TEST(Cupti, ExternalIdsAreAStackOfTheThread) {
  constexpr auto kKind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0;
  ASSERT_EQ(cuptiActivityPushExternalCorrelationId(kKind, 1), CUPTI_SUCCESS);
  ASSERT_EQ(cuptiActivityPushExternalCorrelationId(kKind, 2), CUPTI_SUCCESS);
  std::uint64_t last = 0;
  ASSERT_EQ(cuptiActivityPopExternalCorrelationId(kKind, &last), CUPTI_SUCCESS);
  EXPECT_EQ(last, 2U);
  ASSERT_EQ(cuptiActivityPopExternalCorrelationId(kKind, &last), CUPTI_SUCCESS);
  EXPECT_EQ(cuptiActivityPopExternalCorrelationId(kKind, &last), CUPTI_ERROR_QUEUE_EMPTY);
}

}  // namespace
}  // namespace profile_train::simulator
