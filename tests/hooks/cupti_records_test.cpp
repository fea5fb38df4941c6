// Records as NVIDIA's own parser reads them: it walks a buffer without a driver.

#include "hooks/cupti_records.h"

#include <gtest/gtest.h>

#include <cstring>

#include "fake_cupti.h"
#include "recorded_events.h"

namespace profile_train::hooks {
namespace {

constexpr Bytes kMiB = 1 << 20;

CUpti_ActivityMemory4 memory_record(CUpti_ActivityMemoryOperationType operation, CUpti_ActivityMemoryKind kind,
                                    std::uint64_t address, std::uint64_t bytes) {
  CUpti_ActivityMemory4 record{};
  record.kind = CUPTI_ACTIVITY_KIND_MEMORY2;
  record.memoryOperationType = operation;
  record.memoryKind = kind;
  record.address = address;
  record.bytes = bytes;
  record.deviceId = 2;
  return record;
}

CUpti_ActivityMemoryPool3 pool_record(CUpti_ActivityMemoryPoolOperationType operation, std::uint64_t bytes) {
  CUpti_ActivityMemoryPool3 record{};
  record.kind = CUPTI_ACTIVITY_KIND_MEMORY_POOL;
  record.memoryPoolOperationType = operation;
  record.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  record.address = 0x9000;
  record.size = bytes;
  record.deviceId = 2;
  return record;
}

class Buffer {
 public:
  template <typename Record>
  void add(const Record& record) {
    std::memcpy(bytes_.data() + valid_, &record, sizeof record);
    valid_ += sizeof record;
  }
  std::uint8_t* data() { return bytes_.data(); }
  std::size_t valid() const { return valid_; }

 private:
  alignas(8) std::array<std::uint8_t, 4096> bytes_{};
  std::size_t valid_ = 0;
};

struct NvidiasParser : testing::Test {
  void SetUp() override {
    constexpr std::array<const char*, 1> kOfTheWheel = {PROFILE_TRAIN_NVIDIA_CUPTI};
    const auto cupti = load_cupti(kOfTheWheel);
    ASSERT_TRUE(cupti) << cupti.error().message;
    records.begin(*cupti, recorded.sink);
  }
  std::vector<Event> read(Buffer& buffer) {
    records.read(buffer.data(), buffer.valid());
    return recorded.take();
  }

  test::RecordedEvents recorded;
  CuptiRecords& records = cupti_records();
};

TEST_F(NvidiasParser, VariablesOfModulesBecomeEventsAndWhatCallbacksTellIsOnlyCounted) {
  Buffer buffer;
  const auto allocated = CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION;
  const auto released = CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE;
  buffer.add(memory_record(allocated, CUPTI_ACTIVITY_MEMORY_KIND_DEVICE, 0x1000, 2 * kMiB));
  buffer.add(memory_record(allocated, CUPTI_ACTIVITY_MEMORY_KIND_DEVICE_STATIC, 0x2000, 3 * kMiB));
  buffer.add(memory_record(released, CUPTI_ACTIVITY_MEMORY_KIND_DEVICE_STATIC, 0x2000, 3 * kMiB));
  const auto events = read(buffer);
  EXPECT_EQ(records.counts().read, 3U);
  EXPECT_EQ(records.counts().unreadable, 0U);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, EventKind::driver_allocate);
  EXPECT_EQ(events[0].driver_memory(), DriverMemory::module_variables);
  EXPECT_EQ(events[0].address, 0x2000U);
  EXPECT_EQ(events[0].bytes, 3 * kMiB);
  EXPECT_EQ(events[0].device_index, 2);
  EXPECT_EQ(recorded.name(events[0]), "CUDA modules");
  EXPECT_EQ(events[1].kind, EventKind::driver_free);
  EXPECT_EQ(events[1].address, 0x2000U);
}

TEST_F(NvidiasParser, PoolsTellWhatTheyHold) {
  Buffer buffer;
  auto in_pool =
      memory_record(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION, CUPTI_ACTIVITY_MEMORY_KIND_DEVICE, 0x1000, kMiB);
  in_pool.memoryPoolConfig.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  in_pool.memoryPoolConfig.address = 0x9000;
  in_pool.memoryPoolConfig.pool.size = 32 * kMiB;
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED, 0));
  buffer.add(in_pool);
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED, 2 * kMiB));
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_DESTROYED, 2 * kMiB));
  const auto events = read(buffer);
  std::vector<Bytes> held;
  for (const Event& event : events) {
    EXPECT_EQ(event.kind, EventKind::driver_pool);
    EXPECT_EQ(event.address, 0x9000U);
    held.push_back(event.bytes);
  }
  EXPECT_EQ(held, (std::vector<Bytes>{0, 32 * kMiB, 2 * kMiB, 0}));
}

TEST_F(NvidiasParser, ARecordThatWasCutIsLeftOut) {
  Buffer buffer;
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED, 0));
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED, kMiB));
  records.read(buffer.data(), buffer.valid() - 8);
  EXPECT_EQ(recorded.take().size(), 1U);
}

TEST_F(NvidiasParser, WhatIsNoRecordIsCountedAsUnreadable) {
  Buffer buffer;
  CUpti_ActivityMemory4 nonsense{};
  nonsense.kind = static_cast<CUpti_ActivityKind>(9'999);
  buffer.add(nonsense);
  EXPECT_TRUE(read(buffer).empty());
  EXPECT_EQ(records.counts().unreadable, 1U);
}

TEST_F(NvidiasParser, WithoutASessionNothingIsRead) {
  Buffer buffer;
  buffer.add(pool_record(CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED, kMiB));
  recorded.sink.end();
  EXPECT_TRUE(read(buffer).empty());
  EXPECT_EQ(records.counts().read, 0U);
}

struct LentBuffers : testing::Test {
  LentBuffers() { records.begin(cupti.api, recorded.sink); }
  std::uint8_t* request() {
    std::uint8_t* buffer = nullptr;
    std::size_t bytes = 0;
    std::size_t max_records = 0;
    CuptiRecords::request(&buffer, &bytes, &max_records);
    return buffer;
  }

  test::FakeCupti cupti;
  test::RecordedEvents recorded;
  CuptiRecords& records = cupti_records();
};

TEST_F(LentBuffers, OfAnotherProfilerAreLeftAlone) {
  alignas(8) std::array<std::uint8_t, 256> foreign{};
  CuptiRecords::complete(nullptr, 0, foreign.data(), foreign.size(), 128);
  EXPECT_EQ(records.counts().foreign_buffers, 1U);
  EXPECT_EQ(records.counts().read, 0U);
}

TEST_F(LentBuffers, OfAnEarlierSessionTellThisOneNothing) {
  std::uint8_t* const old = request();
  ASSERT_NE(old, nullptr);
  const auto record = memory_record(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION,
                                    CUPTI_ACTIVITY_MEMORY_KIND_DEVICE_STATIC, 0x1000, 8);
  std::memcpy(old, &record, sizeof record);
  recorded.sink.end();
  recorded.sink.begin();
  CuptiRecords::complete(nullptr, 0, old, CuptiRecords::kBufferBytes, sizeof record);
  EXPECT_TRUE(recorded.take().empty());
  EXPECT_EQ(records.counts().foreign_buffers, 0U);
}

}  // namespace
}  // namespace profile_train::hooks
