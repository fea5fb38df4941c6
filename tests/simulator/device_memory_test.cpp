#include "simulator/device_memory.h"

#include <gmock/gmock.h>

#include <limits>

namespace profile_train::simulator {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr auto kHuge = std::numeric_limits<std::size_t>::max();

/// Two cards of 64 MiB.
class DeviceMemoryTest : public ::testing::Test {
 protected:
  std::uintptr_t allocate(std::size_t bytes, int device = 0) {
    std::uintptr_t address = 0;
    EXPECT_EQ(memory_.allocate(device, bytes, address), Status::ok);
    return address;
  }
  std::uint64_t used(int device = 0) const { return memory_.usage(device).used_bytes; }

  DeviceMemory memory_{2, 64 * kMiB, false};
};

TEST_F(DeviceMemoryTest, ChargesInUnitsOf2MiB) {
  allocate(1);
  EXPECT_EQ(used(), 2 * kMiB);
  allocate(2 * kMiB);
  EXPECT_EQ(used(), 4 * kMiB);
  const std::uintptr_t third = allocate(2 * kMiB + 1);
  EXPECT_EQ(used(), 8 * kMiB);
  EXPECT_EQ(memory_.free_bytes(0), 56 * kMiB);
  EXPECT_EQ(memory_.release(third, {MemoryKind::device}), Status::ok);
  EXPECT_EQ(used(), 4 * kMiB);
  EXPECT_EQ(memory_.usage(0).peak_bytes, 8 * kMiB);
}

TEST_F(DeviceMemoryTest, EndsAtTheSizeOfTheCard) {
  const std::uintptr_t most = allocate(62 * kMiB);
  std::uintptr_t address = 0xAB;
  EXPECT_EQ(memory_.allocate(0, 2 * kMiB + 1, address), Status::out_of_memory);
  EXPECT_EQ(address, 0xABU) << "left as it was";
  EXPECT_EQ(used(), 62 * kMiB) << "a refused allocation charges nothing";
  EXPECT_EQ(memory_.usage(0).peak_bytes, 62 * kMiB);
  allocate(2 * kMiB);
  EXPECT_EQ(memory_.free_bytes(0), 0U);
  allocate(64 * kMiB, 1);
  EXPECT_EQ(memory_.release(most, {MemoryKind::device}), Status::ok);
  allocate(62 * kMiB);
}

TEST_F(DeviceMemoryTest, RefusesSizesThatOverflow) {
  allocate(4 * kMiB);
  std::uintptr_t address = 0;
  for (const std::size_t bytes : {kHuge, kHuge - 2 * kMiB, kHuge - 2 * kMiB + 1, kHuge / 2}) {
    EXPECT_EQ(memory_.allocate(0, bytes, address), Status::out_of_memory) << bytes;
    EXPECT_EQ(memory_.allocate_managed(0, bytes, address), Status::out_of_memory) << bytes;
    EXPECT_EQ(memory_.allocate_pinned(bytes, address), Status::out_of_memory) << bytes;
    EXPECT_EQ(memory_.place(0, bytes, MemoryKind::pooled, address), Status::out_of_memory) << bytes;
  }
  EXPECT_EQ(memory_.charge(0, kHuge - 2 * kMiB), Status::out_of_memory);
  PhysicalHandle handle = 0;
  EXPECT_EQ(memory_.create(0, kHuge / (2 * kMiB) * (2 * kMiB), handle), Status::out_of_memory);
  EXPECT_EQ(used(), 4 * kMiB);
  EXPECT_EQ(memory_.pinned_usage().used_bytes, 0U);
}

TEST(DeviceMemory, NeverRunsOutWhereThatIsAskedFor) {
  DeviceMemory memory(1, 64 * kMiB, true);
  std::uintptr_t address = 0;
  EXPECT_EQ(memory.allocate(0, 1000 * kMiB, address), Status::ok);
  EXPECT_EQ(memory.usage(0).peak_bytes, 1000 * kMiB);
  EXPECT_EQ(memory.free_bytes(0), 0U) << "not negative";
  EXPECT_EQ(memory.device_bytes(), 64 * kMiB);
  EXPECT_EQ(memory.charge(0, kHuge), Status::out_of_memory) << "no number for that";
}

TEST_F(DeviceMemoryTest, RefusesNothing) {
  std::uintptr_t address = 0;
  EXPECT_EQ(memory_.allocate(0, 0, address), Status::invalid_value);
  EXPECT_EQ(memory_.allocate_managed(0, 0, address), Status::invalid_value);
  EXPECT_EQ(used(), 0U);
}

TEST_F(DeviceMemoryTest, FindsAnAllocationFromItsFirstToItsLastByte) {
  const std::uintptr_t a = allocate(100);
  const std::uintptr_t b = allocate(2 * kMiB, 1);
  ASSERT_EQ(b, a + 2 * kMiB) << "first fit";
  EXPECT_EQ(memory_.find(a - 1), std::nullopt);
  EXPECT_EQ(memory_.find(a)->number, 1U);
  EXPECT_EQ(memory_.find(a + 99)->bytes, 100U);
  EXPECT_EQ(memory_.find(a + 100), std::nullopt) << "charged, but not the program's";
  EXPECT_EQ(memory_.find(b)->number, 2U);
  EXPECT_EQ(memory_.find(b)->device, 1);
  EXPECT_EQ(memory_.find(b + 2 * kMiB - 1)->address, b);
  EXPECT_EQ(memory_.find(b + 2 * kMiB), std::nullopt);
  EXPECT_EQ(memory_.find(0), std::nullopt);
  EXPECT_EQ(memory_.find(std::numeric_limits<std::uintptr_t>::max()), std::nullopt);
}

TEST_F(DeviceMemoryTest, ReleasesOnceAndOnlyWhatBeginsThere) {
  const std::uintptr_t a = allocate(4 * kMiB);
  EXPECT_EQ(memory_.release(a + 2 * kMiB, {MemoryKind::device}), Status::invalid_value);
  EXPECT_EQ(memory_.release(a, {MemoryKind::pooled, MemoryKind::pinned}), Status::invalid_value) << "another kind";
  EXPECT_EQ(used(), 4 * kMiB);
  MemoryRange was;
  EXPECT_EQ(memory_.release(a, {MemoryKind::managed, MemoryKind::device}, &was), Status::ok);
  EXPECT_EQ(was.address, a);
  EXPECT_EQ(was.bytes, 4 * kMiB);
  EXPECT_EQ(memory_.release(a, {MemoryKind::device}), Status::invalid_value) << "twice";
  EXPECT_EQ(used(), 0U);
}

TEST_F(DeviceMemoryTest, ManagedMemoryIsTheHostsTooAndCharged) {
  std::uintptr_t address = 0;
  ASSERT_EQ(memory_.allocate_managed(1, 3 * kMiB, address), Status::ok);
  EXPECT_EQ(used(1), 4 * kMiB);
  EXPECT_FALSE(memory_.in_device_address_space(address));
  auto* const bytes = reinterpret_cast<unsigned char*>(address);  // NOLINT(performance-no-int-to-ptr)
  bytes[3 * kMiB - 1] = 7;
  EXPECT_EQ(bytes[3 * kMiB - 1] + bytes[0], 7);
  EXPECT_EQ(memory_.release(address, {MemoryKind::managed}), Status::ok);
  EXPECT_EQ(used(1), 0U);
}

TEST_F(DeviceMemoryTest, PinnedMemoryIsTheHostsAndChargesNoDevice) {
  std::uintptr_t address = 0;
  ASSERT_EQ(memory_.allocate_pinned(5000, address), Status::ok);
  EXPECT_EQ(memory_.pinned_usage().used_bytes, 8192U) << "two pages";
  EXPECT_EQ(used(0) + used(1), 0U);
  *reinterpret_cast<unsigned char*>(address + 4999) = 7;  // NOLINT(performance-no-int-to-ptr)
  EXPECT_EQ(memory_.find(address + 4999)->kind, MemoryKind::pinned);
  EXPECT_EQ(memory_.release(address, {MemoryKind::pinned}), Status::ok);
  EXPECT_EQ(memory_.pinned_usage().used_bytes, 0U);
  EXPECT_EQ(memory_.pinned_usage().peak_bytes, 8192U);
}

TEST_F(DeviceMemoryTest, RegisteredMemoryStaysTheProgramsOwn) {
  std::vector<unsigned char> own(100);
  const auto address = reinterpret_cast<std::uintptr_t>(own.data());
  EXPECT_EQ(memory_.register_host(address, own.size()), Status::ok);
  EXPECT_EQ(memory_.register_host(address, own.size()), Status::invalid_value) << "twice";
  EXPECT_EQ(memory_.register_host(0, 100), Status::invalid_value);
  EXPECT_EQ(memory_.find(address + 99)->kind, MemoryKind::registered);
  EXPECT_EQ(memory_.release(address, {MemoryKind::registered}), Status::ok);
  own[99] = 7;
  EXPECT_EQ(memory_.find(address), std::nullopt);
}

TEST_F(DeviceMemoryTest, TellsAPersonWhatAnAddressIs) {
  allocate(100);
  const std::uintptr_t b = allocate(5000, 1);
  EXPECT_EQ(memory_.describe(b + 4096), "byte 4096 of allocation 2, 5000 B of cudaMalloc on device 1");
  EXPECT_THAT(memory_.describe(b + 5000), HasSubstr("past the end of an allocation"));
  EXPECT_THAT(memory_.describe(b - 1), HasSubstr("nothing is allocated"));
}

}  // namespace
}  // namespace profile_train::simulator
