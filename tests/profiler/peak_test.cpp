#include "profiler/peak.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

/// 1,000 B of weights; step 1 has its peak of 1,600 B in backward, step 2 of 1,900 B in the optimizer step.
Trace two_steps() {
  test::TraceBuilder t;
  t.phase(Phase::init).allocate(0x10, 1000).role(0x10, Role::parameter, "w").end_phase();
  t.step(1).phase(Phase::forward).module("h.0").op("aten::gelu").allocate(0x20, 300);
  t.phase(Phase::backward).module("h.0").backward("GeluBackward0").op("aten::gelu_backward").allocate(0x30, 300);
  t.free(0x20).free(0x30);
  t.step(2).phase(Phase::optimizer_step).op("aten::add").allocate(0x40, 900).free(0x40);
  return t.build();
}

TEST(Peak, IsTheInstantOfTheHighestTotalAndSaysWhereItIs) {
  const Summary summary = analyse(two_steps()).summary;
  EXPECT_EQ(summary.peak.requested_bytes, 1900);
  EXPECT_EQ(summary.peak.step, 2);
  EXPECT_EQ(summary.peak.phase, Phase::optimizer_step);
  EXPECT_EQ(summary.peak.op, "aten::add");
  EXPECT_EQ(summary.peak.module, "");
  EXPECT_EQ(at(summary.peak.by_category, Category::weights), 1000);
  EXPECT_EQ(at(summary.peak.by_category, Category::temporary), 900);
  EXPECT_EQ(summary.peak.residual_bytes, 0);
}

TEST(Peak, EveryCategoryHasItsOwn) {
  const Summary summary = analyse(two_steps()).summary;
  EXPECT_EQ(at(summary.category_peaks, Category::weights), 1000);
  EXPECT_EQ(at(summary.category_peaks, Category::activations), 300);  // none of them at the overall peak
  EXPECT_EQ(at(summary.category_peaks, Category::temporary), 900);
  EXPECT_EQ(at(summary.category_peaks, Category::logits), 0);
}

TEST(Peak, EveryStepHasItsOwn) {
  const Summary summary = analyse(two_steps()).summary;
  ASSERT_EQ(summary.steps.size(), 2U);
  const PeakInstant& first = summary.steps[0].peak;
  EXPECT_EQ(first.requested_bytes, 1600);
  EXPECT_EQ(first.phase, Phase::backward);
  EXPECT_EQ(first.op, "GeluBackward0");
  EXPECT_EQ(first.module, "h.0");
  EXPECT_EQ(at(first.by_category, Category::activations), 300);
  EXPECT_EQ(summary.steps[1].peak.event, summary.peak.event);
}

TEST(Peak, OfEqualTotalsTheFirstCounts) {
  test::TraceBuilder t;
  t.allocate(1, 500).free(1).allocate(2, 500).free(2);
  EXPECT_EQ(analyse(t.build()).summary.peak.event, 0U);
}

TEST(Peak, AStepThatOnlyFreesHasItsPeakWhereItBegins) {
  test::TraceBuilder t;
  t.allocate(1, 500);
  const EventIndex begin = t.here();
  t.step(1).free(1);
  const Summary summary = analyse(t.build()).summary;
  EXPECT_EQ(summary.steps.at(0).peak.requested_bytes, 500);
  EXPECT_EQ(summary.steps.at(0).peak.event, begin);
}

TEST(Peak, AnAddressThatChangesItsOwnerNeverCountsTwice) {
  test::TraceBuilder t;
  t.allocate(1, 500).allocate(1, 600);
  EXPECT_EQ(analyse(t.build()).summary.peak.requested_bytes, 600);
}

TEST(Peak, IsOfTheCardWhenThereIsOneHoweverMuchTheHostHolds) {
  test::TraceBuilder t;
  t.allocate(1, 9000);
  t.device(DeviceType::cuda, 0).allocate(1, 100).device(DeviceType::cuda, 1).allocate(1, 700);
  const Summary summary = analyse(t.build()).summary;
  EXPECT_EQ(summary.peak.requested_bytes, 700);
  EXPECT_EQ(summary.devices.at(0).device_index, 1);
  EXPECT_EQ(summary.devices.at(2).peak_bytes, 9000);
  EXPECT_EQ(summary.live_at_peak.size(), 1U);
}

TEST(Phases, HaveTheLevelsAtTheirEdgesAndTheirPeak) {
  const Summary summary = analyse(two_steps()).summary;
  ASSERT_EQ(summary.phases.size(), 4U);
  const PhaseSummary& forward = summary.phases[1];
  EXPECT_EQ(forward.phase, Phase::forward);
  EXPECT_EQ(forward.step, 1);
  EXPECT_EQ(forward.start_bytes, 1000);
  EXPECT_EQ(forward.peak_bytes, 1300);
  EXPECT_EQ(forward.end_bytes, 1300);
  EXPECT_EQ(forward.events, 1);
  EXPECT_EQ(at(forward.end_by_category, Category::activations), 300);
  const PhaseSummary& backward = summary.phases[2];
  EXPECT_EQ(backward.start_bytes, 1300);
  EXPECT_EQ(backward.peak_bytes, 1600);
  EXPECT_EQ(backward.end_bytes, 1000);
  EXPECT_EQ(backward.events, 3);
  EXPECT_EQ(backward.end_ns - backward.start_ns, 4000U) << "five events, 1,000 ns apart";
}

TEST(Phases, BetweenThemAreShownOnlyIfMemoryChanged) {
  test::TraceBuilder t;
  t.phase(Phase::forward).end_phase().metric("loss", 1.0);
  t.phase(Phase::backward).end_phase().allocate(1, 64);
  const Summary summary = analyse(t.build()).summary;
  ASSERT_EQ(summary.phases.size(), 3U);
  EXPECT_EQ(summary.phases[2].phase, Phase::other);
  EXPECT_EQ(summary.phases[2].end_bytes, 64);
}

}  // namespace
}  // namespace profile_train
