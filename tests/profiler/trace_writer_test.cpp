#include "profiler/trace_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "profiler/trace_reader.h"
#include "tests/profiler/trace_support.h"

namespace profile_train {
namespace {

using test::allocate;
using test::TemporaryFolder;
using testing::HasSubstr;

std::string create_error(const std::string& path, bool overwrite = false) {
  const auto writer = TraceWriter::create(path, TraceHeader{}, overwrite);
  return writer ? "no error" : writer.error().message;
}

/// The event with this number in a program that goes on for ever, with times that do not compress.
Event numbered(std::uint64_t number) {
  std::uint64_t jitter = number * 0x9E37'79B9'7F4A'7C15;
  jitter = (jitter ^ (jitter >> 29U)) * 0xBF58'476D'1CE4'E5B9;
  return allocate(2'000 * number + (jitter >> 54U), 64 * (number % 3'000), static_cast<Bytes>(number % 977), 0);
}

void expect_numbered(const std::vector<Event>& events) {
  for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i], numbered(i)) << "event " << i;
}

[[noreturn]] void write_until_killed(const std::string& path) {
  auto writer = TraceWriter::create(path, TraceHeader{}, false);
  if (!writer) ::_exit(1);
  for (std::uint64_t i = 0;; ++i) {
    const Event event = numbered(i);
    if (!(*writer)->append({&event, 1})) ::_exit(2);
    if (i % 100 == 99 && !(*writer)->flush()) ::_exit(3);
  }
}

TEST(TraceWriter, WhatWasFlushedIsReadAfterKill9) {
  const TemporaryFolder folder;
  const std::string path = folder / "killed.ptrace";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_until_killed(path);

  struct stat status {};
  while (::stat(path.c_str(), &status) != 0 || status.st_size < 200'000)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int exit_status = 0;
  ASSERT_EQ(::waitpid(child, &exit_status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(exit_status));

  const Result<Trace> read = read_trace(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->cut);
  EXPECT_THAT(read->cut_reason, HasSubstr("the program was killed"));
  EXPECT_GT(read->events.size(), 1'000U);
  EXPECT_EQ(read->events.size() % 100, 0U);
  expect_numbered(read->events);
}

TEST(TraceWriter, ATraceThatIsStillBeingWrittenCanBeRead) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
  ASSERT_TRUE(writer);
  const Event event = numbered(0);
  ASSERT_TRUE((*writer)->append({&event, 1}));
  EXPECT_EQ(read_trace(folder / "t")->events.size(), 0U);
  ASSERT_TRUE((*writer)->flush());
  EXPECT_EQ(read_trace(folder / "t")->events.size(), 1U);
  EXPECT_EQ((*writer)->bytes_written(), std::filesystem::file_size(folder / "t"));
}

TEST(TraceWriter, FlushesWhenItIsDestroyed) {
  const TemporaryFolder folder;
  {
    auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
    const Event event = numbered(0);
    ASSERT_TRUE((*writer)->append({&event, 1}));
  }
  const Result<Trace> read = read_trace(folder / "t");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->cut);
  EXPECT_EQ(read->events.size(), 1U);
}

TEST(TraceWriter, AForkedChildLeavesTheTraceAlone) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
  const Event event = numbered(0);
  ASSERT_TRUE((*writer)->append({&event, 1}));
  const pid_t child = ::fork();
  if (child == 0) {
    const bool refused = !(*writer)->append({&event, 1}) && !(*writer)->flush();
    writer->reset();
    ::_exit(refused ? 0 : 1);
  }
  int exit_status = -1;
  ASSERT_EQ(::waitpid(child, &exit_status, 0), child);
  EXPECT_EQ(exit_status, 0);
  ASSERT_TRUE((*writer)->finish({}));
  EXPECT_EQ(read_trace(folder / "t")->events.size(), 1U);
}

TEST(TraceWriter, DoesNotReplaceAFileUnlessTold) {
  const TemporaryFolder folder;
  const std::string path = folder / "t";
  test::write_bytes(path, {'o', 'l', 'd'});
  EXPECT_EQ(create_error(path), path + " exists already: remove it, choose another name, or pass --force");
  EXPECT_EQ(test::read_bytes(path).size(), 3U);
  auto writer = TraceWriter::create(path, TraceHeader{}, true);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->finish({}));
  EXPECT_TRUE(read_trace(path));
}

TEST(TraceWriter, DoesNotReplaceAFileThatAnotherWriterHasOpen) {
  const TemporaryFolder folder;
  const std::string path = folder / "t";
  auto first = TraceWriter::create(path, TraceHeader{}, false);
  ASSERT_TRUE(first);
  EXPECT_EQ(create_error(path, true), "another program is writing " + path + ": wait for it, or choose another name");
  EXPECT_TRUE(read_trace(path)->cut);
}

TEST(TraceWriter, SaysWhyAFileCannotBeCreated) {
  const TemporaryFolder folder;
  const std::string in_none = folder / "none/t";
  EXPECT_EQ(create_error(in_none),
            "cannot create " + in_none + ": No such file or directory; make its folder first, or choose another one");
  test::write_bytes(folder / "file", {});
  EXPECT_THAT(create_error(folder / "file/t"), HasSubstr("a part of the path is a file"));
  EXPECT_THAT(create_error(folder / "."), HasSubstr("Is a directory; name a file in it"));
  EXPECT_THAT(create_error(folder / ".", true), HasSubstr("Is a directory; name a file in it"));
  EXPECT_EQ(create_error("/dev/full", true),
            "cannot write to /dev/full: No space left on device; free some space, or choose another folder");
}

TEST(TraceWriter, SaysThatAFolderCannotBeWrittenTo) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder / ".", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const pid_t child = ::fork();
  if (child == 0) {
    // Root may write everywhere: become somebody else.
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(2);
    const bool told =
        create_error(folder / "t").find("Permission denied; choose a folder that you may") != std::string::npos;
    ::_exit(told ? 0 : 1);
  }
  int exit_status = -1;
  ASSERT_EQ(::waitpid(child, &exit_status, 0), child);
  EXPECT_EQ(exit_status, 0);
}

/// Files of this process can grow to so many bytes and no further.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit now{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST(TraceWriter, AWriteThatFailsKeepsTheChunksBeforeIt) {
  const TemporaryFolder folder;
  const std::string path = folder / "t";
  auto writer = TraceWriter::create(path, TraceHeader{}, false);
  ASSERT_TRUE(writer);
  Result<void> result;
  {
    const FileSizeLimit limit(100'001);
    for (std::uint64_t i = 0; i < 1'000'000 && result; ++i) {
      const Event event = numbered(i);
      result = (*writer)->append({&event, 1});
    }
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot write to " + path +
                                        ": File too large; raise the limit on the size of files (ulimit -f), or choose "
                                        "another folder");
  // The first error stays, also now that there would be room.
  EXPECT_EQ((*writer)->finish({}).error().message, result.error().message);
  const Result<Trace> read = read_trace(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->cut_reason, HasSubstr("has no footer"));
  EXPECT_GE(read->events.size(), 16'384U);
  EXPECT_EQ(read->events.size() % 16'384, 0U);
  expect_numbered(read->events);
}

std::string misuse(void (*use)(TraceWriter&)) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
  use(**writer);
  const Result<void> flushed = (*writer)->flush();
  EXPECT_TRUE(read_trace(folder / "t"));  // what is in the file stays readable
  return flushed ? "no error" : flushed.error().message;
}

TEST(TraceWriter, RefusesWhatNoReaderCouldResolve) {
  EXPECT_THAT(misuse([](TraceWriter& w) { w.define_name(2, "x"); }), HasSubstr("name 2 was defined where 1 was due"));
  EXPECT_THAT(misuse([](TraceWriter& w) { w.define_scope(1, {1, 0, ScopeKind::op}); }), HasSubstr("has the parent 1"));
  EXPECT_THAT(misuse([](TraceWriter& w) { w.define_scope(1, {0, 1, ScopeKind::op}); }), HasSubstr("and the name 1"));
  EXPECT_THAT(misuse([](TraceWriter& w) {
                w.define_tensor_type(1, {"float32", std::vector<std::int64_t>(65, 1)});
              }),
              HasSubstr("65 dimensions"));
  EXPECT_THAT(misuse([](TraceWriter& w) {
                const Event event = allocate(1, 64, 8, 3);
                EXPECT_FALSE(w.append({&event, 1}));
              }),
              HasSubstr("event 0 refers to scope 3"));
}

TEST(TraceWriter, AddsNothingToAFinishedTrace) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
  ASSERT_TRUE((*writer)->finish({}));
  const Event event = numbered(0);
  EXPECT_THAT((*writer)->append({&event, 1}).error().message, HasSubstr("is finished"));
  EXPECT_FALSE((*writer)->flush());
  EXPECT_FALSE((*writer)->finish({}));
  EXPECT_FALSE(read_trace(folder / "t")->cut);
}

/// A training step as the allocator sees it: 12 blocks that allocate 30 tensors each in forward and release them in
/// backward, where each also makes and releases 40 temporaries; the same addresses and scopes in every step.
std::vector<Event> training_step(std::uint64_t start_ns, std::mt19937_64& random) {
  std::vector<Event> events;
  std::uint64_t now = start_ns;
  const auto tick = [&] { return now += 2'000 + random() % 60'000; };
  const auto address = [](std::uint64_t i) { return 0x7F00'0000'0000 + i * 786'432 + (i % 7) * 4'096; };
  for (std::uint32_t i = 0; i < 360; ++i) {
    events.push_back(allocate(tick(), address(i), 786'432 * (1 + i % 4), 1 + i));
    events.push_back(allocate(now + 200, address(i), 0, 1 + i));
    events.back().kind = EventKind::describe;
    events.back().tensor_type = 1 + i % 4;
  }
  for (std::uint32_t i = 360; i-- > 0;) {
    const std::uint64_t temporary = 400 + i % 5;
    events.push_back(allocate(tick(), address(temporary), 1'024 * (1 + i % 30), 361 + i));
    events.push_back(test::release(tick(), address(i), 361 + i));
    events.push_back(test::release(tick(), address(temporary), 361 + i));
  }
  return events;
}

struct Cost {
  double bytes_an_event = 0;
  Bytes memory_early = 0;
  Bytes memory_late = 0;
};

Cost cost_of_training(std::size_t events_a_flush) {
  const TemporaryFolder folder;
  auto created = TraceWriter::create(folder / "t", TraceHeader{}, false);
  TraceWriter& writer = **created;
  for (ScopeId id = 1; id <= 720; ++id) writer.define_scope(id, {0, 0, ScopeKind::op});
  for (TensorTypeId id = 1; id <= 4; ++id) writer.define_tensor_type(id, {"float32", {id, 768}});
  std::mt19937_64 random(1);
  Cost cost;
  std::uint64_t events = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    const std::vector<Event> all = training_step(step * 1'000'000'000, random);
    for (std::span<const Event> rest = all; !rest.empty();) {
      const std::size_t now = std::min(events_a_flush, rest.size());
      EXPECT_TRUE(writer.append(rest.first(now)));
      EXPECT_TRUE(writer.flush());
      rest = rest.subspan(now);
    }
    events += all.size();
    if (step == 19) cost.memory_early = writer.memory_bytes();
  }
  cost.memory_late = writer.memory_bytes();
  cost.bytes_an_event = static_cast<double>(writer.bytes_written()) / static_cast<double>(events);
  return cost;
}

TEST(TraceWriter, AnEventOfTrainingTakesAtMostEightBytes) {
  EXPECT_LT(cost_of_training(1'800).bytes_an_event, 5.0);
  EXPECT_LT(cost_of_training(50).bytes_an_event, 8.0);
}

TEST(TraceWriter, ItsMemoryDoesNotGrowWithTheTrace) {
  const Cost cost = cost_of_training(1'800);
  EXPECT_LT(cost.memory_late, 8 << 20);
  EXPECT_EQ(cost.memory_late, cost.memory_early);
}

}  // namespace
}  // namespace profile_train
