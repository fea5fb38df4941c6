#include "hooks/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "hooks/tensor_type.h"
#include "profiler/trace_reader.h"

namespace profile_train::hooks {
namespace {

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    sink_.begin();
  }
  ~RecorderTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Recorder> start(const std::string& path) {
    auto recorder = Recorder::start(sink_, path, TraceHeader{.tool_version = "test"}, false);
    EXPECT_TRUE(recorder) << recorder.error().message;
    return std::move(*recorder);
  }
  void record(Event event) {
    const ReentryGuard guard;
    sink_.record(event, guard.token());
  }

  const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                        ("recorder_test_" + std::to_string(getpid()));  // tests run side by side
  const std::string path_ = folder_ / "trace.ptrace";
  EventSink sink_{1 << 15, 1 << 10, 1 << 10};  // holds what a test records: none is lost on a busy machine
};

TEST_F(RecorderTest, WritesEventsWithTheNamesScopesAndTypesTheyReferTo) {
  auto recorder = start(path_);
  const std::vector<std::int64_t> sizes = {2, 3};
  constexpr std::int8_t kFloat = 6;
  sink_.enter(sink_.names.intern("lm_head"), ScopeKind::module);
  record({.address = 0x1000, .bytes = 24});
  record({.address = 0x1000,
          .tensor_type = sink_.tensor_types.intern(TensorTypeKey(kFloat, sizes).bytes()),
          .kind = EventKind::describe});
  sink_.leave();
  sink_.end();
  const TraceFooter footer = recorder->finish({});
  EXPECT_EQ(footer.events, 2u);
  EXPECT_EQ(recorder->failure(), "");

  const auto trace = read_trace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->events.size(), 2u);
  const Event& born = trace->events[0];
  EXPECT_EQ(born.bytes, 24);
  EXPECT_EQ(trace->names[trace->scopes[born.scope].name], "lm_head");
  EXPECT_EQ(trace->tensor_types[trace->events[1].tensor_type], (TensorType{"float32", {2, 3}}));
  EXPECT_FALSE(trace->cut);
  EXPECT_EQ(trace->footer, footer);
}

// Threads hand addresses to one another through a queue of their own, as an allocator does: an address is live once at
// a time. The trace must tell the same story.
TEST_F(RecorderTest, KeepsOneTotalOrderAcrossThreads) {
  constexpr std::uint64_t kAddresses = 32;
  constexpr int kThreads = 4;
  constexpr int kRounds = 3'000;
  auto recorder = start(path_);
  std::vector<std::uint64_t> free_list;
  for (std::uint64_t i = 1; i <= kAddresses; ++i) free_list.push_back(i << 12);
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        std::uint64_t address = 0;
        {
          const std::lock_guard lock(mutex);
          address = free_list.back();
          free_list.pop_back();
        }
        record({.address = address, .bytes = 8});
        record({.address = address, .kind = EventKind::free});  // before it goes back, as the hooks do
        const std::lock_guard lock(mutex);
        free_list.push_back(address);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  sink_.end();
  const TraceFooter footer = recorder->finish({});

  const auto trace = read_trace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(footer.dropped_events, 0u);
  ASSERT_EQ(footer.events, 2u * kThreads * kRounds);
  ASSERT_EQ(trace->events.size(), footer.events);
  std::map<std::uint64_t, bool> live;
  for (const Event& event : trace->events) {
    ASSERT_EQ(live[event.address], event.kind == EventKind::free);
    live[event.address] = event.kind == EventKind::allocate;
  }
}

TEST_F(RecorderTest, GoesOnWithoutADiskAndSaysWhatWasLost) {
  auto recorder = Recorder::start(sink_, "/dev/full", TraceHeader{}, true);
  if (!recorder) {  // refused at once is as good: nothing was promised
    EXPECT_THAT(recorder.error().message, testing::HasSubstr("/dev/full"));
    return;
  }
  for (int i = 0; i < 1'000; ++i) record({.address = 0x1000, .bytes = 8});
  sink_.end();
  const TraceFooter footer = (*recorder)->finish({});
  EXPECT_THAT((*recorder)->failure(), testing::HasSubstr("/dev/full"));
  EXPECT_EQ(footer.events + footer.dropped_events, 1'000u);
}

TEST(TensorTypeKey, ComesBackAsDtypeAndSizes) {
  const std::vector<std::int64_t> sizes = {8, 1024, 50257};
  EXPECT_EQ(decode_tensor_type(TensorTypeKey(15, sizes).bytes()), (TensorType{"bfloat16", sizes}));
  EXPECT_EQ(decode_tensor_type(TensorTypeKey(6, {}).bytes()), (TensorType{"float32", {}}));
  EXPECT_EQ(dtype_name(99), "dtype 99");
}

TEST_F(RecorderTest, AFlushBringsWhatWasRecordedIntoTheFileWhileItGoesOn) {
  auto recorder = start(path_);
  for (std::uint64_t round = 1; round <= 20; ++round) {
    for (int i = 0; i < 100; ++i) record({.address = round, .bytes = 8});
    ASSERT_TRUE(recorder->flush(std::chrono::seconds(60)));
    const auto trace = read_trace(path_);
    ASSERT_TRUE(trace) << trace.error().message;
    EXPECT_TRUE(trace->cut);
    ASSERT_EQ(trace->events.size(), 100 * round);
    EXPECT_EQ(trace->events.back().address, round);
  }
  sink_.end();
  EXPECT_EQ(recorder->finish({}).events, 2000u);
}

TEST_F(RecorderTest, ThreadsMayFlushAtTheSameTime) {
  auto recorder = start(path_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        record({.address = 1, .bytes = 8});
        EXPECT_TRUE(recorder->flush(std::chrono::seconds(60)));
      }
    });
  for (auto& thread : threads) thread.join();
  sink_.end();
  EXPECT_EQ(recorder->finish({}).events, 200u);
}

}  // namespace
}  // namespace profile_train::hooks
