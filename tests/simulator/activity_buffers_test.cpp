#include "simulator/activity_buffers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

namespace profile_train::simulator {
namespace {

using testing::ElementsAre;

/// A program that hands out buffers, and keeps what comes back.
class Program {
 public:
  explicit Program(std::size_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}

  void attach(ActivityBuffers& buffers) {
    buffers.set_functions([this] { return give(); }, [this](const ActivityBuffers::Buffer& buffer) { take(buffer); });
  }

  std::size_t max_records = 0;
  bool refuses = false;

  std::vector<std::uint64_t> numbers() const {
    const std::lock_guard lock(mutex_);
    return numbers_;
  }
  std::size_t given() const {
    const std::lock_guard lock(mutex_);
    return memory_.size();
  }
  std::size_t taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  std::thread::id thread_of_delivery() const {
    const std::lock_guard lock(mutex_);
    return thread_;
  }

 private:
  ActivityBuffers::Buffer give() {
    if (refuses) return {};
    const std::lock_guard lock(mutex_);
    auto& memory = memory_.emplace_back(buffer_bytes_);
    return {.begin = memory.data(), .bytes = buffer_bytes_, .max_records = max_records};
  }
  void take(const ActivityBuffers::Buffer& buffer) {
    const std::lock_guard lock(mutex_);
    ++taken_;
    thread_ = std::this_thread::get_id();
    for (std::size_t at = 0; at < buffer.valid_bytes; at += sizeof(std::uint64_t)) {
      std::uint64_t number = 0;
      std::memcpy(&number, buffer.begin + at, sizeof number);
      numbers_.push_back(number);
    }
  }

  const std::size_t buffer_bytes_;
  mutable std::mutex mutex_;
  std::vector<std::vector<std::uint8_t>> memory_;
  std::vector<std::uint64_t> numbers_;
  std::size_t taken_ = 0;
  std::thread::id thread_;
};

void write(ActivityBuffers& buffers, std::uint64_t number) { buffers.write(&number, sizeof number); }

TEST(ActivityBuffers, RecordsArriveInOrderOnAnotherThread) {
  Program program(1024);
  ActivityBuffers buffers;
  program.attach(buffers);
  for (const unsigned number : {1U, 2U, 3U}) write(buffers, number);
  EXPECT_EQ(program.taken(), 0U);  // the buffer belongs to CUPTI until it is full or flushed
  buffers.flush();
  EXPECT_THAT(program.numbers(), ElementsAre(1, 2, 3));
  EXPECT_NE(program.thread_of_delivery(), std::this_thread::get_id());
}

TEST(ActivityBuffers, AFullBufferIsFollowedByAnother) {
  Program program(16);  // room for two records
  ActivityBuffers buffers;
  program.attach(buffers);
  for (const unsigned number : {1U, 2U, 3U, 4U, 5U}) write(buffers, number);
  buffers.flush();
  EXPECT_EQ(program.given(), 3U);
  EXPECT_EQ(program.taken(), 3U);
  EXPECT_THAT(program.numbers(), ElementsAre(1, 2, 3, 4, 5));
}

TEST(ActivityBuffers, TheProgramMayLimitTheRecordsOfABuffer) {
  Program program(1024);
  program.max_records = 1;
  ActivityBuffers buffers;
  program.attach(buffers);
  for (const unsigned number : {1U, 2U, 3U}) write(buffers, number);
  buffers.flush();
  EXPECT_EQ(program.taken(), 3U);
}

TEST(ActivityBuffers, WhatFindsNoBufferIsDroppedAndCountedOnce) {
  Program program(1024);
  program.refuses = true;
  ActivityBuffers buffers;
  write(buffers, 1);  // nobody to ask
  program.attach(buffers);
  write(buffers, 2);
  EXPECT_EQ(buffers.take_dropped(), 2U);
  EXPECT_EQ(buffers.take_dropped(), 0U);
  program.refuses = false;
  write(buffers, 3);
  buffers.flush();
  EXPECT_THAT(program.numbers(), ElementsAre(3));
}

TEST(ActivityBuffers, ABufferTooSmallForARecordComesBackEmpty) {
  Program program(4);
  ActivityBuffers buffers;
  program.attach(buffers);
  write(buffers, 1);
  buffers.flush();
  EXPECT_EQ(buffers.take_dropped(), 1U);
  EXPECT_EQ(program.taken(), 1U);
  EXPECT_THAT(program.numbers(), ElementsAre());
}

TEST(ActivityBuffers, FlushesByThemselvesWhereAPeriodIsSet) {
  Program program(1024);
  ActivityBuffers buffers;
  program.attach(buffers);
  buffers.flush_every(1);
  write(buffers, 7);
  while (program.taken() == 0) std::this_thread::yield();
  EXPECT_THAT(program.numbers(), ElementsAre(7));
}

TEST(ActivityBuffers, NothingIsLostBetweenThreadsAndEveryBufferComesBack) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 1000;
  Program program(64);
  ActivityBuffers buffers;
  program.attach(buffers);
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        write(buffers, thread * kEach + i);
        if (i % 100 == 0) buffers.flush();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  buffers.flush();
  std::vector<bool> seen(kThreads * kEach);
  for (const std::uint64_t number : program.numbers()) {
    ASSERT_FALSE(seen.at(number));
    seen.at(number) = true;
  }
  EXPECT_THAT(seen, testing::Each(true));
  EXPECT_EQ(program.taken(), program.given());
  EXPECT_EQ(buffers.take_dropped(), 0U);
}

}  // namespace
}  // namespace profile_train::simulator
