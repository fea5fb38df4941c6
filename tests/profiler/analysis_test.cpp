#include "profiler/analysis.h"

#include <gmock/gmock.h>

#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(Analysis, OfAnEmptyTraceIsEmptyAndNotAnError) {
  const Analysis analysis = analyse(Trace{});
  EXPECT_EQ(analysis.summary.peak.requested_bytes, 0);
  EXPECT_THAT(analysis.summary.steps, IsEmpty());
  EXPECT_THAT(analysis.summary.live_at_peak, IsEmpty());
  EXPECT_THAT(analysis.summary.warnings, IsEmpty());
}

TEST(Analysis, OfMarksAloneHasStepsOfNoBytes) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward);
  const Analysis analysis = analyse(t.build());
  ASSERT_EQ(analysis.summary.steps.size(), 1U);
  EXPECT_EQ(analysis.summary.steps[0].peak.requested_bytes, 0);
}

TEST(Analysis, AStepHasItsLossAndItsDuration) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).wait(2'000'000).metric("loss", 10.5).metric("gradient norm", 3.0);
  t.end_step().metric("loss", 9.25);  // recorded after the end of its step
  t.step(2);
  const Analysis analysis = analyse(t.build());
  EXPECT_THAT(analysis.summary.steps.at(0).loss, Optional(9.25));
  EXPECT_THAT(analysis.summary.steps.at(0).seconds, DoubleNear(0.002005, 1e-9));
  EXPECT_EQ(analysis.summary.steps.at(1).loss, std::nullopt);
}

TEST(Analysis, CountsParametersOnceAStorage) {
  test::TraceBuilder t;
  t.tensor(1, "float32", {50, 8}).role(1, Role::parameter, "wte.weight").role(1, Role::parameter, "lm_head.weight");
  t.tensor(2, "bfloat16", {8}).role(2, Role::parameter, "ln_f.weight");
  t.tensor(3, "float32", {99}).role(3, Role::buffer, "mask");
  const ParameterInventory parameters = analyse(t.build()).summary.parameters;
  EXPECT_EQ(parameters.count, 408);
  EXPECT_EQ(parameters.tensors, 2);
  EXPECT_EQ(parameters.bytes, 1616);
}

TEST(Analysis, AParameterThatMovedCountsWhereItWasLast) {
  test::TraceBuilder t;
  t.tensor(1, "float32", {100}).role(1, Role::parameter, "w");
  t.tensor(2, "bfloat16", {100}).role(2, Role::parameter, "w").free(1);
  const ParameterInventory parameters = analyse(t.build()).summary.parameters;
  EXPECT_EQ(parameters.count, 100);
  EXPECT_EQ(parameters.bytes, 200);
}

TEST(Analysis, KnowsWhatCameFromBeforeAndWhatOutlivesTheSession) {
  test::TraceBuilder t;
  t.carried_in(1, 4096).role(1, Role::parameter, "w").allocate(2, 64).allocate(3, 8).free(3);
  const Summary summary = analyse(t.build()).summary;
  EXPECT_EQ(summary.carried_in_bytes, 4096);
  EXPECT_EQ(summary.carried_in_allocations, 1);
  EXPECT_EQ(summary.alive_at_end_bytes, 4160);
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("4,096 B")));
}

TEST(Analysis, OverheadIsEstimatedFromTheTimedHooks) {
  test::TraceBuilder t;
  t.step(1).wait(997'000).allocate(1, 8).free(1).end_step();  // 4 events in 1 ms
  t.trace().footer.hook_samples = 10;
  t.trace().footer.hook_ns = 500;
  t.trace().footer.profiler_bytes = 1 << 20;
  const Overhead overhead = analyse(t.build()).summary.overhead;
  EXPECT_EQ(overhead.events, 4U);
  EXPECT_THAT(overhead.ns_per_event, Optional(50.0));
  EXPECT_THAT(overhead.step_time_share, Optional(DoubleNear(4 * 50e-9 / 1e-3, 1e-9)));
  EXPECT_THAT(overhead.profiler_bytes, Optional(1 << 20));
}

TEST(Analysis, OverheadThatWasNotMeasuredIsNotZero) {
  test::TraceBuilder t;
  t.step(1).allocate(1, 8);
  const Overhead overhead = analyse(t.build()).summary.overhead;
  EXPECT_EQ(overhead.ns_per_event, std::nullopt);
  EXPECT_EQ(overhead.step_time_share, std::nullopt);
  EXPECT_EQ(overhead.profiler_bytes, std::nullopt);
}

TEST(Analysis, LossesOfTheRecordingAreToldAndMakeThePeakALowerBound) {
  test::TraceBuilder t;
  t.allocate(1, 8);
  t.trace().footer.dropped_events = 2;
  t.trace().cut = true;
  t.trace().cut_reason = "the file ends inside a chunk";
  const Summary summary = analyse(t.build()).summary;
  EXPECT_TRUE(summary.losses.peak_is_lower_bound());
  EXPECT_EQ(summary.losses.dropped_events, 2U);
  EXPECT_EQ(summary.losses.cut_reason, "the file ends inside a chunk");
}

TEST(Analysis, WithoutATrainingSetupSaysWhyThereIsNoComparison) {
  test::TraceBuilder t;
  t.step(1).allocate(1, 8);
  EXPECT_FALSE(analyse(t.build()).summary.model.why_not.empty());
}

}  // namespace
}  // namespace profile_train
