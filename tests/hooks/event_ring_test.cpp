#include "hooks/event_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace profile_train::hooks {
namespace {

Event event_number(std::uint64_t number, std::uint32_t thread = 1) {
  return Event{.address = number, .thread = thread};
}

TEST(EventRing, RoundsItsCapacityUpToAPowerOfTwo) {
  EXPECT_EQ(EventRing(100).capacity(), 128u);
  EXPECT_EQ(EventRing(128).memory_bytes(), 128 * 64);
}

TEST(EventRing, GivesEventsBackInTheOrderTheyCame) {
  EventRing ring(8);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(ring.push(event_number(i)));
  std::vector<Event> out(8);
  ASSERT_EQ(ring.pop(out), 5u);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(out[i].address, i);
  EXPECT_EQ(ring.pop(out), 0u);
}

TEST(EventRing, RefusesWhenFullAndAcceptsAgainOnceEmptied) {
  EventRing ring(4);
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(ring.push(event_number(i)));
  EXPECT_FALSE(ring.push(event_number(4)));
  std::vector<Event> out(1);
  ASSERT_EQ(ring.pop(out), 1u);
  EXPECT_EQ(out[0].address, 0u);
  EXPECT_TRUE(ring.push(event_number(4)));
  EXPECT_FALSE(ring.push(event_number(5)));
}

// Four threads push numbered events into a ring far smaller than their number, trying again when it is full. Nothing is
// lost or doubled, and each thread's events come out in its own order.
TEST(EventRing, LosesNothingBetweenManyThreadsAndOneReader) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint64_t kEach = 20'000;
  EventRing ring(64);
  std::vector<std::thread> writers;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    writers.emplace_back([&ring, thread] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        while (!ring.push(event_number(i, thread))) std::this_thread::yield();
      }
    });
  }
  std::vector<std::uint64_t> next(kThreads, 0);
  std::uint64_t seen = 0;
  std::vector<Event> out(16);
  while (seen < kThreads * kEach) {
    const std::size_t count = ring.pop(out);
    if (count == 0) std::this_thread::yield();
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(out[i].address, next[out[i].thread]++);
      ++seen;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(next, testing::Each(kEach));
}

}  // namespace
}  // namespace profile_train::hooks
