#include "profiler/budget/proposal.h"

#include <gmock/gmock.h>

#include "profiler/budget/check.h"
#include "tests/profiler/budget/training_run.h"

namespace profile_train {
namespace {

TEST(Proposal, IsKeptByTheRunItWasMadeFromAndByNoneThatHoldsTheLogits) {
  const Budget budget = propose_budget(analyse(test::training_run()), 0.05).value();
  EXPECT_EQ(check_budget(budget, analyse(test::training_run()), nullptr)->verdict(), Verdict::within);
  EXPECT_EQ(check_budget(budget, analyse(test::training_run({.hold_logits = true})), nullptr)->verdict(),
            Verdict::exceeded);
  EXPECT_EQ(check_budget(budget, analyse(test::training_run({.leak = true})), nullptr)->verdict(), Verdict::exceeded);
}

TEST(Proposal, HasTheHeadroomRoundedUp) {
  const Budget budget = propose_budget(analyse(test::training_run()), 0.1).value();
  EXPECT_EQ(budget.limits.front().subject.measure, Measure::requested);
  EXPECT_EQ(budget.limits.front().fail->amount, 2310);
  EXPECT_NEAR(*budget.alert, 1.05 / 1.1, 1e-12);
  const Budget exact = propose_budget(analyse(test::training_run()), 0.0).value();
  EXPECT_EQ(exact.limits.front().fail->amount, 2100);
  EXPECT_EQ(exact.alert, std::nullopt);  // everything would be one
}

TEST(Proposal, IsNotMadeFromARunThatCannotBeJudged) {
  Trace cut = test::training_run();
  cut.cut = true;
  const auto budget = propose_budget(analyse(cut), 0.05);
  ASSERT_FALSE(budget);
  EXPECT_THAT(budget.error().message, ::testing::HasSubstr("cut short"));
}

TEST(Proposal, LimitsWhatWasInferredOnlyIfToldTo) {
  Trace trace = test::training_run();
  trace.inferred = "Nobody recorded what the tensors are.";
  const Analysis analysis = analyse(trace);
  const Budget recorded = propose_budget(analysis, 0.05).value();
  EXPECT_FALSE(recorded.accepts_inferred);
  ASSERT_EQ(recorded.limits.size(), 1U);  // on the CPU there is nothing but what was requested
  EXPECT_EQ(recorded.limits[0].subject.measure, Measure::requested);
  EXPECT_EQ(check_budget(recorded, analysis, nullptr)->verdict(), Verdict::within);

  const Budget all = propose_budget(analysis, 0.05, Inferred::accepted).value();
  EXPECT_TRUE(all.accepts_inferred);
  EXPECT_GT(all.limits.size(), 10U);
  EXPECT_EQ(check_budget(all, analysis, nullptr)->verdict(), Verdict::within);
  EXPECT_FALSE(propose_budget(analyse(test::training_run()), 0.05, Inferred::accepted)->accepts_inferred)
      << "nothing of it is inferred";
}

}  // namespace
}  // namespace profile_train
