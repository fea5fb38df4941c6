#include <gtest/gtest.h>

#include <random>

#include "profiler/setup_json.h"
#include "profiler/trace_reader.h"
#include "profiler/trace_writer.h"
#include "tests/profiler/trace_support.h"

namespace profile_train {
namespace {

using test::file_of;
using test::small_trace;

void expect_same(const Trace& read, const Trace& written) {
  EXPECT_FALSE(read.cut) << read.cut_reason;
  EXPECT_EQ(read.names, written.names);
  EXPECT_EQ(read.scopes, written.scopes);
  EXPECT_EQ(read.tensor_types, written.tensor_types);
  EXPECT_EQ(read.footer, written.footer);
  ASSERT_EQ(read.events.size(), written.events.size());
  for (std::size_t i = 0; i < read.events.size(); ++i) ASSERT_EQ(read.events[i], written.events[i]) << "event " << i;
}

TEST(TraceFile, GivesBackWhatWasWritten) {
  const Trace written = small_trace();
  const Result<Trace> read = read_trace_bytes(file_of(written, 100), "small");
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, written);
  EXPECT_EQ(read->header.command, "profile-train --config gpt_tiny.yaml");
  EXPECT_EQ(read->header.setup, written.header.setup);
}

TEST(TraceFile, IsTheSameTraceHoweverOftenItWasFlushed) {
  const Trace written = small_trace();
  for (const std::size_t events_a_flush : {1U, 2U, 3U, 7U, 22U}) {
    const Result<Trace> read = read_trace_bytes(file_of(written, events_a_flush), "small");
    ASSERT_TRUE(read) << read.error().message;
    expect_same(*read, written);
  }
}

// Version 1 knew no caching allocator, and is otherwise the same.
TEST(TraceFile, OfAnOlderVersionStillReads) {
  const Trace written = small_trace();
  for (const int version : {1, 2}) {
    std::vector<std::uint8_t> file = file_of(written, 100);
    file[8] = static_cast<std::uint8_t>(version);
    const Result<Trace> read = read_trace_bytes(file, "old");
    ASSERT_TRUE(read) << read.error().message;
    expect_same(*read, written);
  }
}

TEST(TraceFile, KeepsWhatTheDriverGave) {
  Trace written = small_trace();
  const auto add = [&](EventKind kind, std::uint64_t address, Bytes bytes, DriverMemory memory, NameId library) {
    written.events.push_back({.address = address,
                              .bytes = bytes,
                              .name = library,
                              .kind = kind,
                              .detail = static_cast<std::uint8_t>(memory),
                              .device = DeviceType::cuda});
  };
  add(EventKind::driver_allocate, 0x7F0000000000, 2 << 20, DriverMemory::device, 1);
  add(EventKind::driver_allocate, 0x55AA, 2 << 20, DriverMemory::physical, 2);
  add(EventKind::driver_map, 0x7F0000400000, 0x55AA, {}, 0);
  add(EventKind::driver_map, 0, -2, {}, 0);  // a handle is any 64 bits
  add(EventKind::driver_unmap, 0x7F0000400000, 2 << 20, {}, 0);
  add(EventKind::driver_free, 0x55AA, 0, DriverMemory::physical, 0);
  add(EventKind::driver_pool, 0x7000, 32 << 20, {}, 0);
  written.footer.events = written.events.size();
  const Result<Trace> read = read_trace_bytes(file_of(written, 3), "driver");
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, written);
}

TEST(TraceFile, KeepsWhatACachingAllocatorSays) {
  Trace written = small_trace();
  const auto add = [&](EventKind kind, std::uint64_t address, Bytes bytes, std::uint8_t detail) {
    written.events.push_back({.address = address,
                              .bytes = bytes,
                              .kind = kind,
                              .detail = detail,
                              .device = DeviceType::cuda,
                              .device_index = 3});
  };
  add(EventKind::arena, 0x5500, -7, 1);
  add(EventKind::segment_allocate, 0x7F0000000000, 2 << 20, 1);
  add(EventKind::allocate, 0x7F0000000000, 1000, 1);
  add(EventKind::free_requested, 0x7F0000000000, 0, 0);
  add(EventKind::free, 0x7F0000000000, 0, 0);
  add(EventKind::out_of_memory, 4096, 20 << 20, 0);
  add(EventKind::segment_free, 0x7F0000000000, 2 << 20, 1);
  add(EventKind::gauge, 0, 1024, static_cast<std::uint8_t>(Gauge::allocator_allocated_peak));
  add(EventKind::block, 0x7F0000000200, 512, block_in_use | block_small);
  add(EventKind::allocator_settings, 0, 0, 0);
  written.events.back().name = 1;
  written.footer.events = written.events.size();
  const Result<Trace> read = read_trace_bytes(file_of(written, 3), "cuda");
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, written);
}

TEST(TraceFile, WithoutEventsIsATrace) {
  Trace written;
  written.footer.failure = "out of memory";
  const Result<Trace> read = read_trace_bytes(file_of(written, 1), "empty");
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, written);
}

// 60,000 events fill several chunks; 40,000 addresses are more than the writer remembers.
TEST(TraceFile, GivesBackRandomEvents) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Trace written = small_trace();
    written.events.clear();
    for (int i = 0; i < 60'000; ++i) written.events.push_back(test::random_event(random, written));
    written.footer.events = written.events.size();
    const std::size_t events_a_flush = 1 + random() % 30'000;
    const Result<Trace> read = read_trace_bytes(file_of(written, events_a_flush), "random");
    ASSERT_TRUE(read) << read.error().message;
    expect_same(*read, written);
  }
}

TEST(TraceFile, GivesBackDefinitionsThatComeBetweenEvents) {
  const test::TemporaryFolder folder;
  auto writer = TraceWriter::create(folder / "t", TraceHeader{}, false);
  ASSERT_TRUE(writer);
  Trace written;
  for (std::uint32_t i = 1; i <= 40'000; ++i) {
    written.names.push_back("operator " + std::to_string(i));
    (*writer)->define_name(i, written.names.back());
    written.scopes.push_back({i - 1, i, ScopeKind::op});
    (*writer)->define_scope(i, written.scopes.back());
    if (i % 100 != 0) continue;
    written.events.push_back(test::allocate(i, i * 64, 8, i));
    ASSERT_TRUE((*writer)->append({&written.events.back(), 1}));
  }
  written.footer.events = 400;
  ASSERT_TRUE((*writer)->finish({}));
  const Result<Trace> read = read_trace(folder / "t");
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, written);
}

TEST(TraceFile, KeepsTextsThatAreNotUtf8AndCutsThemAtTheLimit) {
  Trace written;
  written.names.push_back("caf\xE9");
  written.names.push_back(std::string(70'000, 'x'));
  const Result<Trace> read = read_trace_bytes(file_of(written, 1), "texts");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->names[1], "caf\xE9");
  EXPECT_EQ(read->names[2], std::string(65'536, 'x'));
}

}  // namespace
}  // namespace profile_train
