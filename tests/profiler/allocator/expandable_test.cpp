#include <gmock/gmock.h>

#include "tests/profiler/allocator/model.h"

namespace profile_train::allocator {
namespace {

using test::Model;

Settings expandable() {
  Settings settings;
  settings.expandable_segments = true;
  return settings;
}

TEST(ExpandableModel, MapsPiecesAsTheyAreNeeded) {
  Model m(expandable());
  const std::uint64_t a = m.get(25 * kMiB);
  EXPECT_EQ(m.reserved(), 40 * kMiB) << "2 pieces of 20 MiB";
  EXPECT_EQ(m.allocated(), 25 * kMiB);
  EXPECT_EQ(m.get(15 * kMiB), a + static_cast<std::uint64_t>(25 * kMiB)) << "in the rest of them";
  EXPECT_EQ(m.reserved(), 40 * kMiB);
  EXPECT_EQ(m.get(kMiB + 512), a + static_cast<std::uint64_t>(40 * kMiB)) << "grows at its end";
  EXPECT_EQ(m.reserved(), 60 * kMiB);
  m.get(512);
  EXPECT_EQ(m.reserved(), 62 * kMiB) << "small ones in pieces of 2 MiB, elsewhere";
}

TEST(ExpandableModel, GivesBackWholePieces) {
  Model m(expandable());
  const std::uint64_t a = m.get(30 * kMiB);
  const std::uint64_t b = m.get(30 * kMiB);
  m.give(b);
  m.allocator.empty_cache();
  EXPECT_EQ(m.reserved(), 40 * kMiB) << "the second piece holds the last 10 MiB of a";
  EXPECT_EQ(free_space_of(m.allocator).stuck_bytes, 10 * kMiB);
  EXPECT_EQ(m.get(30 * kMiB), b) << "the gap is filled first";
  m.give(b);
  m.give(a);
  m.allocator.empty_cache();
  EXPECT_EQ(m.reserved(), 0);
}

TEST(ExpandableModel, IsNotCountedAsSplit) {
  Model m(expandable());
  const std::uint64_t a = m.get(2 * kMiB);
  m.get(2 * kMiB);
  m.give(a);
  EXPECT_EQ(m.split(), 0);
}

TEST(ExpandableModel, MapsAllOrNothing) {
  Model m(expandable(), 50 * kMiB);
  m.get(20 * kMiB);
  EXPECT_EQ(m.get(40 * kMiB), 0U);
  EXPECT_EQ(m.reserved(), 20 * kMiB);
  EXPECT_NE(m.get(20 * kMiB), 0U);
}

TEST(ExpandableModel, TurnedOffItsBlocksServeNobody) {
  Model m(expandable());
  m.give(m.get(20 * kMiB));
  m.allocator.set({}, {.device_bytes = 1024 * kMiB});
  m.get(20 * kMiB);
  EXPECT_EQ(m.reserved(), 40 * kMiB);
}

}  // namespace
}  // namespace profile_train::allocator
