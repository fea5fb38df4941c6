#include <gmock/gmock.h>

#include "tests/profiler/allocator/model.h"

namespace profile_train::allocator {
namespace {

using test::Model;

TEST(AllocatorRelease, GivesTheWholeCacheBackBeforeItFails) {
  Model m({}, 100 * kMiB);
  m.give(m.get(40 * kMiB));
  m.give(m.get(2 * kMiB));  // from the block of 40 MiB
  const std::uint64_t held = m.get(512);
  EXPECT_NE(m.get(90 * kMiB), 0U);
  EXPECT_EQ(m.reserved(), 92 * kMiB) << "the small segment is in use and stays";
  EXPECT_EQ(m.allocator.levels().retries, 1);
  EXPECT_EQ(m.get(20 * kMiB), 0U);
  EXPECT_EQ(m.allocator.levels().out_of_memory, 1);
  EXPECT_NE(m.allocator.at(held), nullptr);
}

TEST(AllocatorRelease, ASplitSegmentCannotGoBack) {
  Model m({}, 60 * kMiB);
  const std::uint64_t a = m.get(2 * kMiB);
  const std::uint64_t b = m.get(2 * kMiB);
  m.give(a);
  EXPECT_EQ(m.get(50 * kMiB), 0U) << "20 MiB are held by 2 of them";
  EXPECT_EQ(free_space_of(m.allocator).stuck_bytes, 18 * kMiB);
  m.give(b);
  EXPECT_EQ(free_space_of(m.allocator).stuck_bytes, 0);
  EXPECT_NE(m.get(50 * kMiB), 0U);
}

TEST(AllocatorRelease, WaitsForStreamsBeforeItFails) {
  Model m({}, 60 * kMiB);
  const std::uint64_t a = m.get(40 * kMiB);
  m.allocator.request_free(a);
  m.device.await(a);
  EXPECT_NE(m.get(50 * kMiB), 0U);
  EXPECT_EQ(m.reserved(), 50 * kMiB);
}

TEST(AllocatorRelease, GivesBackOneOversizeBlockThatIsLargeEnough) {
  Settings settings;
  settings.max_split_bytes = 32 * kMiB;
  Model m(settings, 150 * kMiB);
  const std::uint64_t a = m.get(100 * kMiB);
  const std::uint64_t b = m.get(40 * kMiB);
  m.give(a);
  m.give(b);
  EXPECT_NE(m.get(34 * kMiB), 0U) << "the block of 40 MiB serves it";
  EXPECT_EQ(m.reserved(), 140 * kMiB);
  EXPECT_NE(m.get(70 * kMiB), 0U) << "the one of 100 MiB is given back for it: it is too large to serve";
  EXPECT_EQ(m.reserved(), 110 * kMiB);
  EXPECT_EQ(m.allocator.levels().retries, 0) << "the rest of the cache stays";
}

TEST(AllocatorRelease, APoolInUseGivesNothingBackForItsRequests) {
  Model m({}, 60 * kMiB);
  m.give(m.get(40 * kMiB));
  EXPECT_EQ(m.get(30 * kMiB, {.pool = 3}), 0U) << "as during a capture";
  EXPECT_EQ(m.reserved(), 40 * kMiB);
  m.allocator.empty_cache();
  EXPECT_NE(m.get(30 * kMiB, {.pool = 3}), 0U);
}

TEST(AllocatorRelease, APoolThatIsDroppedGivesItsSegmentsBack) {
  Model m;
  m.give(m.get(30 * kMiB, {.pool = 3}));
  m.allocator.empty_cache();
  EXPECT_EQ(m.reserved(), 30 * kMiB) << "it may be used again";
  m.allocator.release_pool(3);
  EXPECT_EQ(m.reserved(), 0);
}

TEST(AllocatorRelease, TheAllowedMemoryCountsWholeSegments) {
  Model m({}, std::nullopt, 50 * kMiB);
  EXPECT_NE(m.get(32 * kMiB), 0U);
  EXPECT_EQ(m.get(2 * kMiB), 0U) << "a segment of 20 MiB more would be 52";
  EXPECT_NE(m.get(512), 0U);
}

TEST(AllocatorRelease, GarbageIsWhatWasFreeForLongerThanTheAverage) {
  Settings settings;
  settings.garbage_collection_threshold = 0.5;
  Model m(settings, std::nullopt, 200 * kMiB);
  const std::uint64_t old = m.get(60 * kMiB);
  const std::uint64_t recent = m.get(32 * kMiB);
  std::uint64_t other = m.get(2 * kMiB, {.stream = 7});
  m.give(old);
  for (int i = 0; i < 5; ++i) {  // blocks age by the searches in their pool, on any stream
    m.give(other);
    other = m.get(2 * kMiB, {.stream = 7});
  }
  m.give(recent);
  EXPECT_EQ(m.reserved(), 112 * kMiB) << "12 above the threshold";
  m.get(90 * kMiB);
  EXPECT_EQ(m.reserved(), 142 * kMiB);
  const auto segments = layout_of(m.allocator);
  EXPECT_TRUE(std::none_of(segments.begin(), segments.end(), [&](const auto& s) {
    return s.address == old && s.bytes == 60 * kMiB;
  })) << "the oldest went";
  EXPECT_TRUE(std::any_of(segments.begin(), segments.end(), [&](const auto& s) { return s.address == recent; }))
      << "the youngest stayed";
}

}  // namespace
}  // namespace profile_train::allocator
