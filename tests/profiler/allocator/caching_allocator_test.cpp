#include "profiler/allocator/caching_allocator.h"

#include <gmock/gmock.h>

#include "tests/profiler/allocator/model.h"

namespace profile_train::allocator {
namespace {

using test::Model;

TEST(AllocatorModel, SplitsAndMergesNeighbours) {
  Model m;
  const std::uint64_t a = m.get(512);
  const std::uint64_t b = m.get(1000);
  const std::uint64_t c = m.get(512);
  EXPECT_EQ(b, a + 512);
  EXPECT_EQ(c, b + 1024);
  EXPECT_EQ(m.reserved(), 2 * kMiB);
  EXPECT_EQ(m.allocated(), 2048);
  EXPECT_EQ(m.split(), 2 * kMiB - 2048);
  m.give(a);
  m.give(c);
  m.give(b);
  ASSERT_EQ(layout_of(m.allocator).size(), 1U);
  EXPECT_EQ(layout_of(m.allocator)[0].parts.size(), 1U) << "one block again";
  EXPECT_EQ(m.split(), 0);
}

TEST(AllocatorModel, TakesTheSmallestBlockThatFitsAndOfThoseTheLowest) {
  Model m;
  const std::uint64_t large = m.get(40 * kMiB);
  const std::uint64_t low = m.get(30 * kMiB);
  const std::uint64_t high = m.get(30 * kMiB);
  m.give(large);
  m.give(high);
  m.give(low);
  EXPECT_EQ(m.get(30 * kMiB), std::min(low, high));
  EXPECT_EQ(m.get(30 * kMiB), std::max(low, high));
  EXPECT_EQ(m.get(30 * kMiB), large);
}

TEST(AllocatorModel, LeavesALargeRemainderOfUpTo1MiBWithItsBlock) {
  Model m;
  m.get(19 * kMiB);
  EXPECT_EQ(m.allocated(), 20 * kMiB) << "a segment of 20 MiB, whose last MiB is not split off";
  EXPECT_EQ(m.split(), 0);
  m.get(21 * kMiB - 512);
  EXPECT_EQ(m.allocated(), 41 * kMiB - 512);
  EXPECT_EQ(m.split(), kMiB + 512) << "larger remainders are";
}

TEST(AllocatorModel, KeepsStreamsPoolsAndSizesApart) {
  Model m;
  m.give(m.get(2 * kMiB));
  m.get(2 * kMiB, {.stream = 7});
  EXPECT_EQ(m.reserved(), 40 * kMiB) << "another stream";
  m.get(2 * kMiB, {.pool = -1});
  EXPECT_EQ(m.reserved(), 60 * kMiB) << "another pool";
  m.get(512);
  EXPECT_EQ(m.reserved(), 62 * kMiB) << "small ones do not use the large block";
  m.get(2 * kMiB);
  EXPECT_EQ(m.reserved(), 62 * kMiB);
}

TEST(AllocatorModel, AnAwaitedBlockIsNeitherAllocatedNorFree) {
  Model m;
  const std::uint64_t a = m.get(30 * kMiB);
  EXPECT_TRUE(m.allocator.request_free(a));
  EXPECT_EQ(m.allocated(), 0);
  EXPECT_EQ(m.allocator.levels().active_bytes.now, 30 * kMiB);
  EXPECT_NE(m.get(30 * kMiB), a);
  EXPECT_TRUE(m.allocator.complete_free(a));
  EXPECT_FALSE(m.allocator.complete_free(a));
  EXPECT_EQ(m.get(30 * kMiB), a);
}

TEST(AllocatorModel, DoesNotDivideOversizeBlocks) {
  Settings settings;
  settings.max_split_bytes = 32 * kMiB;
  Model m(settings);
  const std::uint64_t oversize = m.get(40 * kMiB);
  m.give(oversize);
  EXPECT_NE(m.get(10 * kMiB), oversize) << "a request below the limit may not have it";
  EXPECT_EQ(m.get(38 * kMiB), oversize) << "one above may, if less than 20 MiB are left over";
  EXPECT_EQ(m.allocated(), 10 * kMiB + 40 * kMiB) << "whole";
  m.give(oversize);
  EXPECT_EQ(m.get(32 * kMiB), oversize);
}

TEST(AllocatorModel, AnOversizeBlockThatIsMuchTooLargeIsLeft) {
  Settings settings;
  settings.max_split_bytes = 32 * kMiB;
  Model m(settings);
  const std::uint64_t oversize = m.get(60 * kMiB);
  m.give(oversize);
  EXPECT_NE(m.get(40 * kMiB), oversize) << "20 MiB would be left over";
}

}  // namespace
}  // namespace profile_train::allocator
