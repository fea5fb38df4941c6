#include "profiler/allocator/trace_replay.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "profiler/whatif.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using allocator::kMiB;
using allocator::TraceReplay;
using test::TraceBuilder;
using testing::HasSubstr;

constexpr std::uint64_t kA = 0x7000'0000'0000;
constexpr std::uint64_t kB = 0x7000'4000'0000;

TraceBuilder& let_go(TraceBuilder& t, std::uint64_t address) {
  t.trace().events.push_back({.address = address, .kind = EventKind::free_requested, .device = DeviceType::cuda});
  return t.free(address);
}

/// 30 MiB of activations, a second tensor in the same segment, and a request that needs another segment.
TraceBuilder small_run() {
  TraceBuilder t;
  t.device(DeviceType::cuda).gauge(Gauge::device_total, 100 * kMiB).gauge(Gauge::device_used, 75 * kMiB);
  t.step(1).phase(Phase::forward).op("aten::mm");
  t.segment(kA, 40 * kMiB).allocate(kA, 40 * kMiB);
  let_go(t, kA);
  t.op("aten::add").allocate(kA, 10 * kMiB).allocate(kA + 10 * kMiB, 10 * kMiB);
  let_go(t, kA);
  t.op("aten::bmm").segment(kB, 30 * kMiB).allocate(kB, 30 * kMiB);
  return t;
}

allocator::ReplayResult replayed(const Trace& trace) { return TraceReplay(trace, DeviceType::cuda, 0).run(); }

TEST(TraceReplay, AgreesWithATraceOfTheRules) {
  const Trace trace = small_run().build();
  TraceReplay replay(trace, DeviceType::cuda, 0);
  const allocator::ReplayResult result = replay.run();
  EXPECT_EQ(result.why_not, "");
  EXPECT_FALSE(result.disagreement) << result.disagreement->what;
  EXPECT_EQ(replay.allocator().levels().reserved_bytes.now, 70 * kMiB);
  EXPECT_EQ(replay.allocator().levels().allocated_bytes.now, 40 * kMiB);
  EXPECT_EQ(replay.allocator().levels().inactive_split_bytes.now, 30 * kMiB);
}

TEST(TraceReplay, SaysWhereTheRulesAndTheTracePart) {
  TraceBuilder t = small_run();
  t.allocate(kA + 20 * kMiB, 5 * kMiB);  // the best fit is the block of 10 MiB at the beginning
  const auto result = replayed(t.build());
  ASSERT_TRUE(result.disagreement);
  EXPECT_THAT(result.disagreement->what, HasSubstr("the model puts 5,242,880 B at 0x700000000000"));
}

TEST(TraceReplay, ARecordingThatBeganLateWithoutItsBlocksSaysSo) {
  TraceBuilder t;  // as imported: what was reserved, what was in use, and nothing of what was free
  t.device(DeviceType::cuda).segment(kA, 20 * kMiB).segment(kB, 20 * kMiB).carried_in(kA, kMiB).carried_in(kB, kMiB);
  t.allocate(kA + 4 * kMiB, kMiB);
  const auto result = replayed(t.build());
  EXPECT_THAT(result.why_not, HasSubstr("how the segments that were there before it were divided"));
  EXPECT_FALSE(result.disagreement);
}

TEST(TraceReplay, ASegmentThatNoRequestNeedsIsTold) {
  TraceBuilder t = small_run();
  t.segment(kB + 64 * kMiB, 20 * kMiB).allocate(kB + 64 * kMiB, 5 * kMiB);
  const auto result = replayed(t.build());
  ASSERT_TRUE(result.disagreement);
  EXPECT_THAT(result.disagreement->what, HasSubstr("a free block of 10,485,760 B at 0x700000000000 would serve"));
}

TEST(TraceReplay, CannotBeOfATraceWithLosses) {
  Trace trace = small_run().build();
  trace.footer.dropped_events = 3;
  EXPECT_EQ(replayed(trace).why_not, "3 events were lost");
}

TEST(TraceReplay, KnowsACacheThatTheProgramEmptied) {
  TraceBuilder t = small_run();
  let_go(t, kB);
  t.segment(kB, 30 * kMiB, EventKind::segment_free);
  const auto result = replayed(t.build());
  EXPECT_FALSE(result.disagreement) << result.disagreement->what;
  ASSERT_EQ(result.emptied.size(), 1U);
}

TEST(Fragmentation, SaysWhyARequestNeededMore) {
  TraceBuilder t = small_run();
  t.step(2)
      .step(3)
      .phase(Phase::forward)
      .op("aten::cat")
      .segment(kB + 64 * kMiB, 26 * kMiB)
      .allocate(kB + 64 * kMiB, 26 * kMiB);
  const Summary summary = analyse(t.build()).summary;
  ASSERT_TRUE(summary.allocator);
  EXPECT_TRUE(summary.allocator->agrees()) << summary.allocator->disagreement;
  EXPECT_EQ(summary.allocator->allocated_peak.allocated_bytes, 66 * kMiB);
  EXPECT_EQ(summary.allocator->reserved_peak.reserved_bytes, 96 * kMiB);
  ASSERT_EQ(summary.allocator->unserved.size(), 1U) << "the first two steps may grow";
  const UnservedRequest& request = summary.allocator->unserved[0];
  EXPECT_EQ(request.op, "aten::cat");
  EXPECT_EQ(request.step, 3);
  EXPECT_EQ(request.free_bytes, 30 * kMiB) << "10 before and 20 behind what is in use";
  EXPECT_EQ(request.largest_free_bytes, 20 * kMiB);
  EXPECT_EQ(request.stuck_bytes, 30 * kMiB);
  ASSERT_EQ(request.held.size(), 1U);
  EXPECT_EQ(request.held[0].largest.op, "aten::add");
  EXPECT_THAT(request.why, HasSubstr("20,971,520 of the 27,262,976 B needed"));
  EXPECT_EQ(summary.ladder.at(1).bytes, 66 * kMiB) << "the rung is the replay's";
}

TEST(Fragmentation, ADisagreementIsAWarning) {
  TraceBuilder t = small_run();
  t.allocate(kA + 20 * kMiB, 5 * kMiB);
  const Summary summary = analyse(t.build()).summary;
  EXPECT_FALSE(summary.allocator->agrees());
  EXPECT_THAT(summary.warnings,
              testing::Contains(HasSubstr("The model of the caching allocator left the trace at event")));
}

TEST(Fragmentation, OfTheCpuThereIsNone) {
  TraceBuilder t;
  t.step(1).phase(Phase::forward).allocate(0x1000, 64);
  EXPECT_FALSE(analyse(t.build()).summary.allocator);
}

TEST(WhatIf, NothingChangesIsTheRunItself) {
  const Analysis analysis = analyse(small_run().build());
  const auto result = what_if(analysis, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->peaks.requested_bytes, result->recorded.requested_bytes);
  EXPECT_EQ(result->peaks.allocated_bytes, result->recorded.allocated_bytes);
  EXPECT_EQ(result->peaks.reserved_bytes, 70 * kMiB);
  EXPECT_TRUE(result->fits());
}

TEST(WhatIf, ExpandableSegmentsUseWhatIsCached) {
  const Analysis analysis = analyse(small_run().build());
  const auto result = what_if(analysis, {.settings = *allocator::parse_settings("expandable")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->peaks.reserved_bytes, 60 * kMiB) << "20 behind what is in use, and 1 piece more";
}

TEST(WhatIf, CategoriesMayShrinkOrGo) {
  const Analysis analysis = analyse(small_run().build());
  const auto times = [&](double factor) {
    WhatIf change;
    for (std::size_t i = 0; i < kCategories; ++i) change.scale.emplace_back(category_at(i), factor);
    return what_if(analysis, change).value().peaks;
  };
  EXPECT_EQ(times(0.5).requested_bytes, 20 * kMiB);
  EXPECT_EQ(times(0.5).reserved_bytes, 36 * kMiB) << "20, and 16 for the 15 that do not fit behind 5 + 5";
  EXPECT_EQ(times(0.0).requested_bytes, 0);
  EXPECT_EQ(times(0.0).reserved_bytes, 0);
}

TEST(WhatIf, ASmallerDeviceFailsAtTheFirstRequestThatDoesNotFit) {
  const Analysis analysis = analyse(small_run().build());
  const auto result = what_if(analysis, {.memory_bytes = 60 * kMiB});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->fits());
  ASSERT_TRUE(result->first_failure);
  EXPECT_EQ(result->first_failure->requested_bytes, 30 * kMiB);
  EXPECT_TRUE(what_if(analysis, {.unlimited_memory = true})->fits());
}

TEST(WhatIf, ARequestThatFailedMayBeServedThen) {
  TraceBuilder t = small_run();
  t.op("aten::mm").out_of_memory(30 * kMiB, 10 * kMiB);
  const Analysis analysis = analyse(t.build());
  const auto as_it_was = what_if(analysis, {});
  ASSERT_TRUE(as_it_was) << as_it_was.error().message;
  EXPECT_EQ(as_it_was->capacity_bytes, 80 * kMiB) << "what was reserved, and what was free";
  EXPECT_EQ(as_it_was->serves_failed_request, false);
  const auto expandable = what_if(analysis, {.settings = *allocator::parse_settings("expandable")});
  EXPECT_EQ(expandable->serves_failed_request, true) << "10 MiB at the end of 60, and the piece that is left";
  EXPECT_EQ(what_if(analysis, {.memory_bytes = 120 * kMiB})->serves_failed_request, true);
}

TEST(WhatIf, IsRefusedWhereTheModelDoesNotHold) {
  TraceBuilder t = small_run();
  t.allocate(kA + 20 * kMiB, 5 * kMiB);
  const auto result = what_if(analyse(t.build()), {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("the model of the allocator disagrees with the trace at event"));
}

}  // namespace
}  // namespace profile_train
