#include "simulator/memory_pools.h"

#include <gtest/gtest.h>

#include <limits>

namespace profile_train::simulator {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Two cards of 64 MiB, each with its default pool.
class MemoryPoolsTest : public ::testing::Test {
 protected:
  std::uintptr_t allocate(Handle pool, std::size_t bytes) {
    std::uintptr_t address = 0;
    EXPECT_EQ(pools_.allocate(pool, bytes, address), Status::ok);
    return address;
  }
  PoolUsage usage(Handle pool) const {
    PoolUsage usage;
    EXPECT_EQ(pools_.usage(pool, usage), Status::ok);
    return usage;
  }
  std::uint64_t charged(int device = 0) const { return memory_.usage(device).used_bytes; }

  DeviceMemory memory_{2, 64 * kMiB, false};
  MemoryPools pools_{memory_, 2};
  const Handle pool_ = pools_.default_pool(0);
};

TEST_F(MemoryPoolsTest, UsesPiecesOf512BytesAndReservesUnitsOf2MiB) {
  const std::uintptr_t a = allocate(pool_, 1);
  EXPECT_EQ(usage(pool_).used_bytes, 512U);
  EXPECT_EQ(usage(pool_).reserved_bytes, 2 * kMiB);
  EXPECT_EQ(charged(), 2 * kMiB);
  allocate(pool_, 2 * kMiB - 512);
  EXPECT_EQ(usage(pool_).used_bytes, 2 * kMiB);
  EXPECT_EQ(charged(), 2 * kMiB) << "both fit into the first unit";
  allocate(pool_, 513);
  EXPECT_EQ(usage(pool_).used_bytes, 2 * kMiB + 1024);
  EXPECT_EQ(charged(), 4 * kMiB);
  EXPECT_EQ(pools_.pool_of(a), pool_);
  EXPECT_EQ(memory_.find(a)->kind, MemoryKind::pooled);
  EXPECT_EQ(charged(1), 0U);
}

TEST_F(MemoryPoolsTest, GivesBackAtSynchronisationWhatIsAboveTheThreshold) {
  const std::uintptr_t a = allocate(pool_, 10 * kMiB);
  const std::uintptr_t b = allocate(pool_, 6 * kMiB);
  EXPECT_EQ(pools_.set_release_threshold(pool_, 8 * kMiB), Status::ok);
  EXPECT_EQ(pools_.release(a), Status::ok);
  EXPECT_EQ(charged(), 16 * kMiB) << "kept until something is synchronised";
  pools_.synchronise();
  EXPECT_EQ(charged(), 8 * kMiB) << "6 MiB in use, kept up to 8";
  EXPECT_EQ(pools_.release(b), Status::ok);
  pools_.synchronise();
  EXPECT_EQ(charged(), 8 * kMiB);
  EXPECT_EQ(pools_.set_release_threshold(pool_, 0), Status::ok);
  pools_.synchronise();
  EXPECT_EQ(charged(), 0U) << "the default of the driver keeps nothing";
}

TEST_F(MemoryPoolsTest, AThresholdWithoutLimitKeepsEverythingUntilItIsTrimmed) {
  pools_.set_release_threshold(pool_, std::numeric_limits<std::uint64_t>::max());
  const std::uintptr_t a = allocate(pool_, 10 * kMiB);
  allocate(pool_, 1 * kMiB);
  pools_.release(a);
  pools_.synchronise();
  EXPECT_EQ(charged(), 12 * kMiB);
  EXPECT_EQ(pools_.trim(pool_, 7 * kMiB), Status::ok);
  EXPECT_EQ(charged(), 6 * kMiB) << "not more than 7 MiB, in units of 2";
  EXPECT_EQ(pools_.trim(pool_, 0), Status::ok);
  EXPECT_EQ(charged(), 2 * kMiB) << "1 MiB is in use";
}

TEST_F(MemoryPoolsTest, UsesAgainWhatItKept) {
  pools_.set_release_threshold(pool_, 64 * kMiB);
  pools_.release(allocate(pool_, 10 * kMiB));
  allocate(pool_, 4 * kMiB);
  allocate(pool_, 6 * kMiB);
  EXPECT_EQ(charged(), 10 * kMiB);
}

TEST_F(MemoryPoolsTest, RemembersPeaksUntilTheyAreReset) {
  pools_.release(allocate(pool_, 10 * kMiB));
  pools_.synchronise();
  allocate(pool_, 3 * kMiB);
  EXPECT_EQ(usage(pool_).used_peak_bytes, 10 * kMiB);
  EXPECT_EQ(usage(pool_).reserved_peak_bytes, 10 * kMiB);
  pools_.reset_used_peak(pool_);
  EXPECT_EQ(usage(pool_).used_peak_bytes, 3 * kMiB);
  EXPECT_EQ(usage(pool_).reserved_peak_bytes, 10 * kMiB) << "each for itself";
  pools_.reset_reserved_peak(pool_);
  EXPECT_EQ(usage(pool_).reserved_peak_bytes, 4 * kMiB);
}

TEST_F(MemoryPoolsTest, EndsAtTheSizeOfTheCard) {
  allocate(pool_, 60 * kMiB);
  std::uintptr_t address = 0;
  EXPECT_EQ(pools_.allocate(pool_, 5 * kMiB, address), Status::out_of_memory);
  EXPECT_EQ(charged(), 60 * kMiB);
  EXPECT_EQ(usage(pool_).used_bytes, 60 * kMiB);
  EXPECT_EQ(pools_.allocate(pool_, std::numeric_limits<std::size_t>::max(), address), Status::out_of_memory);
  EXPECT_EQ(charged(), 60 * kMiB);
  const Handle other = pools_.create(0);
  EXPECT_EQ(pools_.allocate(other, 5 * kMiB, address), Status::out_of_memory) << "pools share the card";
  allocate(pools_.default_pool(1), 60 * kMiB);
}

TEST_F(MemoryPoolsTest, ADestroyedPoolIsChargedForWhatIsStillInUse) {
  const Handle pool = pools_.create(1);
  const std::uintptr_t a = allocate(pool, 10 * kMiB);
  const std::uintptr_t b = allocate(pool, 4 * kMiB);
  ASSERT_EQ(pools_.set_current_pool(1, pool), Status::ok);
  EXPECT_EQ(pools_.destroy(pool), Status::ok);
  EXPECT_EQ(pools_.current_pool(1), pools_.default_pool(1)) << "of which the device must have one";
  EXPECT_EQ(charged(1), 14 * kMiB);
  EXPECT_EQ(pools_.release(a), Status::ok);
  EXPECT_EQ(charged(1), 4 * kMiB);
  EXPECT_EQ(pools_.release(b), Status::ok);
  EXPECT_EQ(charged(1), 0U);
  EXPECT_EQ(pools_.check(pool), Status::invalid_value);
}

TEST_F(MemoryPoolsTest, RefusesWhatIsNotThere) {
  const Handle pool = pools_.create(0);
  EXPECT_EQ(pools_.destroy(pool), Status::ok);
  EXPECT_EQ(pools_.destroy(pool), Status::invalid_value) << "twice";
  EXPECT_EQ(pools_.destroy(pool_), Status::invalid_value) << "a default pool stays";
  std::uintptr_t address = 0;
  PoolUsage usage;
  std::uint64_t threshold = 0;
  EXPECT_EQ(pools_.allocate(pool, 1, address), Status::invalid_value);
  EXPECT_EQ(pools_.usage(pool, usage), Status::invalid_value);
  EXPECT_EQ(pools_.trim(pool, 0), Status::invalid_value);
  EXPECT_EQ(pools_.set_release_threshold(pool, 0), Status::invalid_value);
  EXPECT_EQ(pools_.release_threshold(pool, threshold), Status::invalid_value);
  EXPECT_EQ(pools_.set_current_pool(0, pool), Status::invalid_value);
  const std::uintptr_t a = allocate(pool_, 1);
  EXPECT_EQ(pools_.release(a + 1), Status::invalid_value);
  EXPECT_EQ(pools_.release(a), Status::ok);
  EXPECT_EQ(pools_.release(a), Status::invalid_value) << "twice";
  EXPECT_EQ(pools_.pool_of(a), 0U);
}

}  // namespace
}  // namespace profile_train::simulator
