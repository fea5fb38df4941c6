#include "profiler/budget/figure.h"

#include <gmock/gmock.h>

#include "tests/profiler/budget/training_run.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Analysis& plain_run() {
  static const Analysis analysis = analyse(test::training_run());
  return analysis;
}

TEST(Figure, ThePeakHasItsPlace) {
  const Figure figure = measure(plain_run(), {.measure = Measure::requested});
  EXPECT_EQ(figure.amount, 2100);
  ASSERT_TRUE(figure.place);
  EXPECT_EQ(figure.place->step, 1);
  EXPECT_EQ(figure.place->phase, Phase::backward);
  EXPECT_EQ(figure.place->op, "SoftmaxBackward0");
}

TEST(Figure, ACategoryHasItsMostAtAnInstantOfItsOwn) {
  const Figure weights = measure(plain_run(), {.measure = Measure::category, .category = Category::weights});
  EXPECT_EQ(weights.amount, 1000);
  EXPECT_EQ(weights.place->phase, Phase::init);
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::category, .category = Category::unknown}).amount, 0);
  for (std::size_t i = 0; i < kCategories; ++i) {
    const Subject subject{.measure = Measure::category, .category = category_at(i)};
    EXPECT_EQ(measure(plain_run(), subject).amount, measure(plain_run().summary, subject).amount) << key_of(subject);
  }
}

TEST(Figure, APhaseHasTheMostOfItsStretches) {
  const Figure step = measure(plain_run(), {.measure = Measure::phase, .phase = Phase::optimizer_step});
  EXPECT_EQ(step.amount, 1200);
  EXPECT_EQ(step.place->op, "aten::add");
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::phase, .phase = Phase::backward}).amount, 2100);
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::phase, .phase = Phase::forward}).amount, 2000);
  EXPECT_THAT(measure(plain_run(), {.measure = Measure::phase, .phase = Phase::zero_grad}).why_not,
              HasSubstr("zero grad"));
}

TEST(Figure, APhaseThatOnlyFreesHasWhatItBeganWith) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).allocate(1, 500).phase(Phase::zero_grad).free(1);
  const Figure figure = measure(analyse(t.build()), {.measure = Measure::phase, .phase = Phase::zero_grad});
  EXPECT_EQ(figure.amount, 500);
  EXPECT_EQ(figure.place->phase, Phase::zero_grad);
}

TEST(Figure, ModulesCountTogetherWithWhatIsInsideThem) {
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::modules, .modules = "h.*.attn"}).amount, 600);
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::modules, .modules = "h.1"}).amount, 400);
  EXPECT_THAT(measure(plain_run(), {.measure = Measure::modules, .modules = "encoder"}).why_not, HasSubstr("encoder"));
}

TEST(Figure, GrowthIsWhatEachStepLeavesBehind) {
  EXPECT_EQ(measure(plain_run(), {.measure = Measure::growth}).amount, 0);
  EXPECT_EQ(measure(analyse(test::training_run({.leak = true})), {.measure = Measure::growth}).amount, 40);
}

TEST(Figure, GrowthNeedsFourSteps) {
  test::TraceBuilder t;
  t.step(1).allocate(1, 8).step(2).allocate(2, 8).step(3).allocate(3, 8);
  EXPECT_THAT(measure(analyse(t.build()), {.measure = Measure::growth}).why_not, HasSubstr("the trace has 3"));
}

TEST(Figure, WhatTheCpuDoesNotHaveIsNotMeasured) {
  EXPECT_THAT(measure(plain_run(), {.measure = Measure::reserved}).why_not, HasSubstr("CPU"));
  EXPECT_THAT(measure(plain_run(), {.measure = Measure::fragmentation}).why_not, HasSubstr("CPU"));
  EXPECT_FALSE(measure(plain_run(), {.measure = Measure::residual}).why_not.empty());
}

TEST(Figure, FragmentationIsTheShareOfReservedBytesThatIsStuck) {
  Summary summary;
  summary.allocator = AllocatorReplay{};
  summary.allocator->reserved_peak = {.allocated_bytes = 900, .reserved_bytes = 1200, .stuck_bytes = 150};
  EXPECT_EQ(measure(summary, {.measure = Measure::fragmentation}).amount, 1250);  // hundredths of a percent
  summary.allocator->disagreement = "a block is elsewhere";
  EXPECT_THAT(measure(summary, {.measure = Measure::fragmentation}).why_not, HasSubstr("a block is elsewhere"));
}

TEST(Figure, TheResidualIsTheLargestOfAllInstantsWhateverItsSign) {
  Summary summary;
  summary.model.spike.residual_bytes = 8;
  summary.model.peak.residual_bytes = -512;
  const Figure figure = measure(summary, {.measure = Measure::residual});
  EXPECT_EQ(figure.amount, 512);
  EXPECT_EQ(figure.note, "peak");
}

TEST(SoundTrace, HasNothingToSayAgainstIt) { EXPECT_THAT(why_not_sound(plain_run().summary), IsEmpty()); }

TEST(SoundTrace, IsNoneWithLossesOrCutShort) {
  Summary summary = plain_run().summary;
  summary.losses.cut = true;
  summary.losses.cut_reason = "killed";
  EXPECT_THAT(why_not_sound(summary), ElementsAre("the trace is cut short: killed"));
  summary = plain_run().summary;
  summary.losses.dropped_events = 3;
  EXPECT_THAT(why_not_sound(summary), ElementsAre("events that could not be recorded: 3"));
  summary = plain_run().summary;
  summary.losses.data_dependent_reads = 1;
  EXPECT_THAT(why_not_sound(summary), ElementsAre(HasSubstr("does not compute: 1")));
  summary = plain_run().summary;
  summary.footer.interrupted = true;
  EXPECT_THAT(why_not_sound(summary), ElementsAre(HasSubstr("interrupted")));
  summary = plain_run().summary;
  summary.footer.failure = "out of memory";
  EXPECT_THAT(why_not_sound(summary), ElementsAre(HasSubstr("out of memory")));
  EXPECT_THAT(why_not_sound(analyse(Trace{}).summary), ElementsAre(HasSubstr("nothing was allocated")));
}

}  // namespace
}  // namespace profile_train
