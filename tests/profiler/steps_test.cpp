#include "profiler/steps.h"

#include <gmock/gmock.h>

#include "profiler/phases.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {

bool operator==(const StepSpan& a, const StepSpan& b) {
  return a.step == b.step && a.first == b.first && a.last == b.last && a.complete == b.complete;
}
void PrintTo(const StepSpan& span, std::ostream* out) {
  *out << "step " << span.step << " " << span.first << ".." << span.last << (span.complete ? "" : " (incomplete)");
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<StepSpan> steps_of(const Trace& trace) { return find_steps(trace.events, find_marks(trace.events)); }

TEST(Steps, AreWhatTheMarksSay) {
  test::TraceBuilder t;
  t.allocate(1, 4);                     // 0
  t.step(7).allocate(2, 4).end_step();  // 1, 2, 3
  t.allocate(3, 4);                     // 4
  t.step(8).free(2);                    // 5, 6, and 7 ends it
  EXPECT_THAT(steps_of(t.build()), ElementsAre(StepSpan{7, 1, 3, true}, StepSpan{8, 5, 7, true}));
}

TEST(Steps, AStepWithoutItsEndIsIncomplete) {
  test::TraceBuilder t;
  t.step(1).allocate(1, 4).end_step();  // 0, 1, 2
  t.step(2).allocate(2, 4);             // 3, 4
  EXPECT_THAT(steps_of(t.build_cut()), ElementsAre(StepSpan{1, 0, 2, true}, StepSpan{2, 3, 4, false}));
}

TEST(Steps, WithoutMarksAStepEndsWithItsUpdate) {
  test::TraceBuilder t;
  t.phase(Phase::init).allocate(1, 4).end_phase();  // 0..2
  for (int step = 0; step < 2; ++step) {
    t.phase(Phase::forward).allocate(2, 4).end_phase();  // 3..5     14..16
    t.phase(Phase::backward).free(2).end_phase();        // 6..8     17..19
    t.phase(Phase::optimizer_step).end_phase();          // 9, 10    20, 21
    t.phase(Phase::zero_grad).end_phase();               // 11, 12   22, 23
    t.metric("loss", 1.0);                               // 13       24
  }
  EXPECT_THAT(steps_of(t.build()), ElementsAre(StepSpan{1, 3, 12, true}, StepSpan{2, 14, 23, true}));
}

TEST(Steps, WithoutMarksAllMicroBatchesBeforeAnUpdateAreOneStep) {
  test::TraceBuilder t;
  for (int micro_batch = 0; micro_batch < 2; ++micro_batch)
    t.phase(Phase::forward).end_phase().phase(Phase::backward).end_phase();  // 0..7
  t.phase(Phase::optimizer_step).end_phase();                                // 8, 9
  EXPECT_THAT(steps_of(t.build()), ElementsAre(StepSpan{1, 0, 9, true}));
}

TEST(Steps, WithoutMarksAnUpdateThatIsMissingLeavesTheStepIncomplete) {
  test::TraceBuilder t;
  t.phase(Phase::forward).end_phase().phase(Phase::backward).allocate(1, 4);  // 0..3
  EXPECT_THAT(steps_of(t.build_cut()), ElementsAre(StepSpan{1, 0, 3, false}));
}

TEST(Steps, EvaluationIsNoStep) {
  test::TraceBuilder t;
  t.phase(Phase::forward).allocate(1, 4).free(1);
  EXPECT_THAT(steps_of(t.build()), IsEmpty());
}

TEST(Steps, WhatLiesBetweenTwoStepsCountsWithTheEarlier) {
  const std::vector<StepSpan> steps = {{1, 10, 19, true}, {2, 30, 39, true}};
  EXPECT_EQ(steps_begun(steps, 9), 0U);
  EXPECT_EQ(steps_begun(steps, 25), 1U);
  EXPECT_EQ(steps_begun(steps, 30), 2U);
  EXPECT_EQ(step_number_at(steps, 19), 1);
  EXPECT_EQ(step_number_at(steps, 25), 0);
}

}  // namespace
}  // namespace profile_train
