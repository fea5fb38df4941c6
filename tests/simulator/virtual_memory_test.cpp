#include <gmock/gmock.h>

#include "simulator/device_memory.h"

namespace profile_train::simulator {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// What expandable segments are made of: addresses, physical memory, and the one mapped to the other.
class VirtualMemory : public ::testing::Test {
 protected:
  std::uintptr_t reserve(std::size_t bytes) {
    std::uintptr_t address = 0;
    EXPECT_EQ(memory_.reserve_addresses(bytes, 0, address), Status::ok);
    return address;
  }
  PhysicalHandle create(std::size_t bytes, int device = 0) {
    PhysicalHandle handle = 0;
    EXPECT_EQ(memory_.create(device, bytes, handle), Status::ok);
    return handle;
  }
  std::uint64_t used(int device = 0) const { return memory_.usage(device).used_bytes; }

  DeviceMemory memory_{2, 64 * kMiB, false};
};

TEST_F(VirtualMemory, AddressesAreFreeAndPhysicalMemoryIsCharged) {
  const std::uintptr_t address = reserve(1024 * kMiB);
  EXPECT_EQ(used(), 0U) << "more than the card has: only addresses";
  const PhysicalHandle handle = create(20 * kMiB, 1);
  EXPECT_EQ(used(1), 20 * kMiB);
  EXPECT_EQ(memory_.device_of(handle), 1);
  EXPECT_EQ(memory_.map(address, 20 * kMiB, handle), Status::ok);
  EXPECT_EQ(used(1), 20 * kMiB) << "mapping charges nothing more";
  EXPECT_EQ(memory_.find(address)->device, 1);
  PhysicalHandle another = 0;
  EXPECT_EQ(memory_.create(1, 46 * kMiB, another), Status::out_of_memory);
}

TEST_F(VirtualMemory, LivesAsLongAsAHandleOrAMapping) {
  const std::uintptr_t address = reserve(8 * kMiB);
  const PhysicalHandle handle = create(4 * kMiB);
  ASSERT_EQ(memory_.map(address, 4 * kMiB, handle), Status::ok);
  EXPECT_EQ(memory_.release_physical(handle), Status::ok);
  EXPECT_EQ(used(), 4 * kMiB) << "still mapped";
  EXPECT_EQ(memory_.release_physical(handle), Status::invalid_value) << "the program has given it back";
  EXPECT_EQ(memory_.map(address + 4 * kMiB, 4 * kMiB, handle), Status::invalid_value);
  EXPECT_EQ(used(), 4 * kMiB);

  PhysicalHandle retained = 0;
  EXPECT_EQ(memory_.retain(address + 4 * kMiB - 1, retained), Status::ok);
  EXPECT_EQ(retained, handle);
  EXPECT_EQ(memory_.retain(address + 4 * kMiB, retained), Status::invalid_value) << "nothing is mapped there";
  EXPECT_EQ(memory_.unmap(address, 4 * kMiB), Status::ok);
  EXPECT_EQ(used(), 4 * kMiB) << "the retained handle";
  EXPECT_EQ(memory_.release_physical(handle), Status::ok);
  EXPECT_EQ(used(), 0U);
  EXPECT_EQ(memory_.device_of(handle), std::nullopt);
}

TEST_F(VirtualMemory, OnePieceMayBeMappedTwice) {
  const std::uintptr_t address = reserve(8 * kMiB);
  const PhysicalHandle handle = create(4 * kMiB);
  ASSERT_EQ(memory_.map(address, 4 * kMiB, handle), Status::ok);
  ASSERT_EQ(memory_.map(address + 4 * kMiB, 4 * kMiB, handle), Status::ok);
  ASSERT_EQ(memory_.release_physical(handle), Status::ok);
  EXPECT_EQ(memory_.unmap(address, 4 * kMiB), Status::ok);
  EXPECT_EQ(used(), 4 * kMiB);
  EXPECT_EQ(memory_.unmap(address + 4 * kMiB, 4 * kMiB), Status::ok);
  EXPECT_EQ(used(), 0U);
}

TEST_F(VirtualMemory, RefusesToMapOverAMapping) {
  const std::uintptr_t address = reserve(12 * kMiB);
  ASSERT_EQ(memory_.map(address + 4 * kMiB, 4 * kMiB, create(4 * kMiB)), Status::ok);
  const PhysicalHandle handle = create(4 * kMiB);
  for (const std::size_t offset : {2 * kMiB, 4 * kMiB, 6 * kMiB}) {
    EXPECT_EQ(memory_.map(address + offset, 4 * kMiB, handle), Status::invalid_value) << offset;
  }
  EXPECT_EQ(memory_.map(address, 4 * kMiB, handle), Status::ok) << "up to it";
  EXPECT_EQ(memory_.map(address + 8 * kMiB, 4 * kMiB, handle), Status::ok) << "from its end on";
}

TEST_F(VirtualMemory, RefusesToMapElsewhere) {
  const std::uintptr_t address = reserve(8 * kMiB);
  const PhysicalHandle handle = create(4 * kMiB);
  EXPECT_EQ(memory_.map(address, 2 * kMiB, handle), Status::invalid_value) << "half of it";
  EXPECT_EQ(memory_.map(address + kMiB, 4 * kMiB, handle), Status::invalid_value) << "not aligned";
  EXPECT_EQ(memory_.map(address + 6 * kMiB, 4 * kMiB, handle), Status::invalid_value) << "past the reservation";
  EXPECT_EQ(memory_.map(address - 2 * kMiB, 4 * kMiB, handle), Status::invalid_value) << "before it";
  EXPECT_EQ(memory_.map(address, 4 * kMiB, handle + 1), Status::invalid_value) << "no such handle";
  std::uintptr_t allocation = 0;
  ASSERT_EQ(memory_.allocate(0, 4 * kMiB, allocation), Status::ok);
  EXPECT_EQ(memory_.map(allocation, 4 * kMiB, handle), Status::invalid_value) << "no reservation";
}

TEST_F(VirtualMemory, UnmapsWholeMappingsThatLieSideBySide) {
  const std::uintptr_t address = reserve(16 * kMiB);
  for (const std::size_t offset : {0 * kMiB, 4 * kMiB, 12 * kMiB}) {
    const PhysicalHandle handle = create(4 * kMiB);
    ASSERT_EQ(memory_.map(address + offset, 4 * kMiB, handle), Status::ok);
    ASSERT_EQ(memory_.release_physical(handle), Status::ok);
  }
  EXPECT_EQ(memory_.unmap(address, 2 * kMiB), Status::invalid_value) << "half of one";
  EXPECT_EQ(memory_.unmap(address + 2 * kMiB, 2 * kMiB), Status::invalid_value) << "the other half";
  EXPECT_EQ(memory_.unmap(address, 6 * kMiB), Status::invalid_value) << "one and a half";
  EXPECT_EQ(memory_.unmap(address + 4 * kMiB, 12 * kMiB), Status::invalid_value) << "with a gap";
  EXPECT_EQ(memory_.unmap(address + 8 * kMiB, 4 * kMiB), Status::invalid_value) << "only a gap";
  EXPECT_EQ(memory_.unmap(address, 0), Status::invalid_value);
  EXPECT_EQ(used(), 12 * kMiB) << "a refused call changes nothing";
  EXPECT_EQ(memory_.unmap(address, 8 * kMiB), Status::ok) << "two at once";
  EXPECT_EQ(used(), 4 * kMiB);
  EXPECT_EQ(memory_.unmap(address + 12 * kMiB, 4 * kMiB), Status::ok);
  EXPECT_EQ(used(), 0U);
}

TEST_F(VirtualMemory, AReservationWithMappingsCannotBeReleased) {
  const std::uintptr_t address = reserve(8 * kMiB);
  ASSERT_EQ(memory_.map(address + 4 * kMiB, 4 * kMiB, create(4 * kMiB)), Status::ok);
  EXPECT_EQ(memory_.release(address, {MemoryKind::reservation}), Status::invalid_value);
  EXPECT_EQ(memory_.unmap(address + 4 * kMiB, 4 * kMiB), Status::ok);
  EXPECT_EQ(memory_.release(address, {MemoryKind::reservation}), Status::ok);
  EXPECT_EQ(reserve(2 * kMiB), address) << "its addresses may be had again";
}

TEST_F(VirtualMemory, SizesAreMultiplesOfTheGranularity) {
  PhysicalHandle handle = 0;
  std::uintptr_t address = 0;
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, 3 * kMiB}) {
    EXPECT_EQ(memory_.create(0, bytes, handle), Status::invalid_value) << bytes;
    EXPECT_EQ(memory_.reserve_addresses(bytes, 0, address), Status::invalid_value) << bytes;
  }
  ASSERT_EQ(memory_.reserve_addresses(2 * kMiB, 32 * kMiB, address), Status::ok);
  EXPECT_EQ(address % (32 * kMiB), 0U);
}

}  // namespace
}  // namespace profile_train::simulator
