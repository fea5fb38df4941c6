#include "simulator/collectives.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace profile_train::simulator {
namespace {

using namespace std::chrono_literals;

constexpr Handle kComputeStream = 0x100;
constexpr Handle kNcclStream = 0x200;
constexpr Handle kEndEvent = 0x10;
constexpr Handle kLaterEvent = 0x20;

/// Does something as the thread that PyTorch names so.
void as_watchdog(const std::function<void()>& look) {
  std::thread([&] {
    pthread_setname_np(pthread_self(), "pt_nccl_watchdg");
    look();
  }).join();
}

bool watchdog_sees_end(Collectives& collectives, Handle event) {
  bool ended = false;
  as_watchdog([&] { ended = collectives.has_ended(event); });
  return ended;
}

/// A collective as PyTorch issues it: the end event is the first that is recorded behind it.
void issue(Collectives& collectives, Handle end_event = kEndEvent) {
  ASSERT_TRUE(collectives.settle());
  collectives.issued(kNcclStream);
  collectives.recorded(end_event, kNcclStream);
}

TEST(Collectives, AnythingElseHasEndedAtOnce) {
  Collectives collectives;
  collectives.recorded(kEndEvent, kComputeStream);
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
  EXPECT_TRUE(collectives.settle());
}

TEST(Collectives, OneThatNobodyWaitsForIsInFlightForTheWatchdogAndHoldsNobodyUp) {
  Collectives collectives;
  issue(collectives);
  EXPECT_FALSE(watchdog_sees_end(collectives, kEndEvent));
  EXPECT_FALSE(watchdog_sees_end(collectives, kEndEvent));
  EXPECT_TRUE(collectives.settle());  // would wait for seconds, and say false, if it waited
}

TEST(Collectives, TheProgramItselfIsToldThatItHasEnded) {
  Collectives collectives;
  issue(collectives);
  EXPECT_TRUE(collectives.has_ended(kEndEvent));  // work.is_completed()
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
}

TEST(Collectives, WhoWaitsForTheEndEventLetsGoOfTheTensorsItself) {
  Collectives collectives;
  issue(collectives);
  collectives.waited_for(kEndEvent);  // work.wait()
  EXPECT_TRUE(collectives.settle());
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
}

/// What DDP does: it waits for the event of the future, which is recorded behind the end event.
TEST(Collectives, TheNextOneWaitsUntilTheWatchdogHasLookedTwice) {
  Collectives collectives;
  issue(collectives);
  collectives.recorded(kLaterEvent, kNcclStream);
  collectives.waited_for(kLaterEvent);
  std::atomic<bool> settled{false};
  std::thread next([&] {
    EXPECT_TRUE(collectives.settle());
    settled = true;
  });
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(settled);
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(settled);
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
  next.join();
  EXPECT_TRUE(settled);
}

TEST(Collectives, AnEventEndsWhatIsBeforeItOnItsStreamAndNothingElse) {
  Collectives collectives;
  issue(collectives, 0x11);
  collectives.recorded(kLaterEvent, kNcclStream);
  issue(collectives, 0x12);
  collectives.issued(0x300);
  collectives.recorded(0x13, 0x300);
  collectives.waited_for(kLaterEvent);
  EXPECT_TRUE(watchdog_sees_end(collectives, 0x11));
  EXPECT_FALSE(watchdog_sees_end(collectives, 0x12));
  EXPECT_FALSE(watchdog_sees_end(collectives, 0x13));
}

TEST(Collectives, TheHostEndsAllBySynchronising) {
  Collectives collectives;
  issue(collectives, 0x11);
  issue(collectives, 0x12);
  collectives.synchronised();
  EXPECT_TRUE(watchdog_sees_end(collectives, 0x11));
  EXPECT_TRUE(watchdog_sees_end(collectives, 0x12));
}

TEST(Collectives, AnEventThatIsUsedAgainIsAnotherCollectives) {
  Collectives collectives;
  issue(collectives);
  collectives.synchronised();
  collectives.issued(kNcclStream);
  collectives.recorded(kEndEvent, kNcclStream);
  EXPECT_TRUE(collectives.settle());  // the first one's end is not waited for any more
  EXPECT_FALSE(watchdog_sees_end(collectives, kEndEvent));
}

TEST(Collectives, WithoutAWatchdogIsWaitedForOnce) {
  Collectives collectives(100ms);
  issue(collectives);
  collectives.synchronised();
  EXPECT_FALSE(collectives.settle());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(collectives.settle());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50s);
}

TEST(Collectives, TheLastOneOfAProgramEndsAfterAWhile) {
  Collectives collectives(5s, 100ms);
  issue(collectives);
  std::this_thread::sleep_for(110ms);
  EXPECT_TRUE(watchdog_sees_end(collectives, kEndEvent));
}

}  // namespace
}  // namespace profile_train::simulator
