#include "profiler/memory_model/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "predicted_trace.h"
#include "profiler/analysis.h"
#include "profiler/memory_model/symbolic/training_run.h"
#include "setups.h"

namespace profile_train {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

ModelComparison compare(Trace trace) { return analyse(std::move(trace)).summary.model; }

Trace predicted_trace(const TrainingSetup& s, std::int32_t steps = 2) {
  return test::trace_of(s, symbolic::predict_run(s, steps));
}

void expect_every_row_to_match(const ModelInstant& instant) {
  EXPECT_EQ(instant.residual_bytes, 0) << instant.where;
  EXPECT_EQ(instant.exact_phase, instant.observed_phase) << instant.where;
  Bytes observed = 0;
  for (const ModelTerm& term : instant.terms) {
    EXPECT_EQ(term.residual_bytes, 0) << instant.where << ": " << term.name;
    observed += term.observed_bytes.value();
  }
  EXPECT_EQ(observed, instant.observed_bytes);
}

TEST(Comparison, OfAProgramThatDoesWhatIsPredictedLeavesNothingInAnyRow) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    TrainingSetup s = test::tiny_setup();
    s.attention = attention;
    s.dropout = 0.1;
    s.accumulation = 2;
    const ModelComparison model = compare(predicted_trace(s, 3));
    ASSERT_THAT(model.why_not, IsEmpty());
    EXPECT_EQ(model.peak.step, 3);
    EXPECT_EQ(model.first_step_peak.step, 1);
    expect_every_row_to_match(model.spike);
    expect_every_row_to_match(model.peak);
    expect_every_row_to_match(model.first_step_peak);
  }
}

TEST(Comparison, ATensorTooManyIsAResidualInItsOwnRowOnly) {
  TrainingSetup s = test::tiny_setup();
  Trace trace = predicted_trace(s);
  // 1,000 bytes that nobody releases, made before the first step.
  const auto first_step = std::find_if(trace.events.begin(), trace.events.end(),
                                       [](const Event& e) { return e.kind == EventKind::step_begin; });
  Event leak;
  leak.kind = EventKind::allocate;
  leak.address = 0x8;
  leak.bytes = 1000;
  trace.events.insert(first_step, leak);
  const ModelComparison model = compare(std::move(trace));
  EXPECT_EQ(model.peak.residual_bytes, 1000);
  EXPECT_EQ(model.spike.residual_bytes, 1000);
  for (const ModelTerm& term : model.spike.terms)
    EXPECT_EQ(term.residual_bytes, term.name == "not in the model" ? 1000 : 0) << term.name;
}

TEST(Comparison, AProgramOfAnotherShapeDoesNotFit) {
  TrainingSetup s = test::tiny_setup();
  Trace trace = predicted_trace(s);
  trace.header.setup->sequence = 25;  // it said 25 tokens and trained on 24
  const ModelComparison model = compare(std::move(trace));
  EXPECT_LT(model.spike.residual_bytes.value(), 0);
}

TEST(Comparison, IgnoresAStepThatDidNotEnd) {
  TrainingSetup s = test::tiny_setup();
  Trace trace = predicted_trace(s, 2);
  while (!(trace.events.back().kind == EventKind::phase_begin && trace.events.back().phase() == Phase::backward))
    trace.events.pop_back();  // killed when the second step's backward began
  const ModelComparison model = compare(std::move(trace));
  ASSERT_THAT(model.why_not, IsEmpty());
  EXPECT_EQ(model.peak.step, 1);
  expect_every_row_to_match(model.peak);
}

TEST(Comparison, SaysWhatItLacks) {
  EXPECT_THAT(compare(Trace{}).why_not, HasSubstr("TrainingSetup"));

  TrainingSetup s = test::tiny_setup();
  Trace trace;
  trace.header.setup = s;
  EXPECT_THAT(compare(trace).why_not, HasSubstr("no complete training step"));
  trace.header.setup->model_family = "mamba";
  EXPECT_THAT(compare(trace).why_not, HasSubstr("mamba"));
  trace.header.setup = s;
  trace.header.setup->hidden = 0;
  EXPECT_THAT(compare(trace).why_not, HasSubstr("'hidden'"));
}

}  // namespace
}  // namespace profile_train
