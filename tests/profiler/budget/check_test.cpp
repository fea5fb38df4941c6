#include "profiler/budget/check.h"

#include <gmock/gmock.h>

#include "tests/profiler/budget/training_run.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Limit limit_on(Measure measure, Amount fail) {
  Limit limit;
  limit.subject.measure = measure;
  limit.fail = Threshold{.amount = fail};
  limit.place = "budgets.yaml:3";
  return limit;
}

Limit logits_limit(Amount fail) {
  Limit limit = limit_on(Measure::category, fail);
  limit.subject.category = Category::logits;
  return limit;
}

Budget budget_of(std::vector<Limit> limits) {
  Budget budget;
  budget.file = "budgets.yaml";
  budget.limits = std::move(limits);
  return budget;
}

BudgetCheck checked(const Budget& budget, const Trace& trace, const Baseline* baseline = nullptr) {
  return check_budget(budget, analyse(trace), baseline).value();
}

TEST(Check, TheLimitItselfIsWithin) {
  const Budget budget = budget_of({limit_on(Measure::requested, 2100)});
  EXPECT_EQ(checked(budget, test::training_run()).verdict(), Verdict::within);
  EXPECT_EQ(checked(budget_of({limit_on(Measure::requested, 2099)}), test::training_run()).verdict(),
            Verdict::exceeded);
}

TEST(Check, NamesWhatHeldTheBytesThatAreOver) {
  const BudgetCheck check = checked(budget_of({logits_limit(400)}), test::training_run({.hold_logits = true}));
  ASSERT_EQ(check.verdict(), Verdict::exceeded);
  const LimitCheck& logits = check.limits.at(0);
  EXPECT_EQ(logits.figure.amount, 800);
  ASSERT_EQ(logits.responsible.size(), 1U);
  EXPECT_EQ(logits.responsible[0].op, "aten::linear");
  EXPECT_EQ(logits.responsible[0].module, "lm_head");
  EXPECT_EQ(logits.responsible[0].category, Category::logits);
  EXPECT_EQ(logits.responsible[0].count, 2);
  EXPECT_THAT(logits.responsible[0].sizes, ElementsAre(100));
}

TEST(Check, OfATotalTheCategoriesThatAreOverTheirOwnLimitsComeFirst) {
  const Trace run = test::training_run({.hold_logits = true});
  const LimitCheck alone = checked(budget_of({limit_on(Measure::requested, 2200)}), run).limits.at(0);
  EXPECT_EQ(alone.responsible.at(0).category, Category::weights);  // the largest, for want of better knowledge
  const BudgetCheck check = checked(budget_of({limit_on(Measure::requested, 2200), logits_limit(400)}), run);
  EXPECT_EQ(check.limits.at(0).responsible.at(0).category, Category::logits);
  EXPECT_EQ(check.limits.at(0).responsible.at(1).category, Category::weights);
}

TEST(Check, ListsAtMostTenSitesAndCountsTheRest) {
  test::TraceBuilder t;
  for (int i = 1; i <= 14; ++i) t.op("op" + std::to_string(i)).allocate(static_cast<std::uint64_t>(i), 100 * i);
  const LimitCheck check = checked(budget_of({limit_on(Measure::requested, 1)}), t.build()).limits.at(0);
  EXPECT_EQ(check.responsible.size(), 10U);
  EXPECT_EQ(check.responsible[0].bytes, 1400);
  EXPECT_EQ(check.more_allocations, 4);
  EXPECT_EQ(check.more_bytes, 100 + 200 + 300 + 400);
}

TEST(Check, AnAlertIsNoFailure) {
  Budget budget = budget_of({limit_on(Measure::requested, 2200)});
  budget.alert = 0.95;  // of 2,200: 2,090
  const BudgetCheck check = checked(budget, test::training_run());
  EXPECT_EQ(check.verdict(), Verdict::alert);
  EXPECT_EQ(check.limits[0].alert, 2090);
  EXPECT_FALSE(check.limits[0].responsible.empty());
  budget.limits[0].alert = Threshold{.amount = 2150};  // its own goes before the budget's
  EXPECT_EQ(checked(budget, test::training_run()).verdict(), Verdict::within);
}

TEST(Check, WhatCannotBeMeasuredDoesNotPass) {
  const BudgetCheck check =
      checked(budget_of({limit_on(Measure::requested, 9999), limit_on(Measure::reserved, 9999)}), test::training_run());
  EXPECT_EQ(check.verdict(), Verdict::not_measured);
  EXPECT_EQ(check.limits[1].verdict, Verdict::not_measured);
}

TEST(Check, ExceededComesBeforeNotMeasured) {
  EXPECT_EQ(checked(budget_of({limit_on(Measure::requested, 1), limit_on(Measure::reserved, 1)}), test::training_run())
                .verdict(),
            Verdict::exceeded);
}

TEST(Check, ATraceWithLossesOrCutShortNeverPasses) {
  const Budget budget = budget_of({limit_on(Measure::requested, 1'000'000)});
  Trace lossy = test::training_run();
  lossy.footer.dropped_events = 1;
  EXPECT_EQ(checked(budget, lossy).verdict(), Verdict::not_measured);
  Trace cut = test::training_run();
  cut.cut = true;
  const BudgetCheck check = checked(budget, cut);
  EXPECT_EQ(check.verdict(), Verdict::not_measured);
  EXPECT_THAT(check.not_sound, ElementsAre(HasSubstr("cut short")));
}

TEST(Check, UnknownBytesAboveTheirCapFail) {
  Limit unknown = limit_on(Measure::category, 0);
  unknown.subject.category = Category::unknown;
  test::TraceBuilder t;
  t.step(1).allocate(1, 64);  // no phase, no operator, alive at the end
  const Trace trace = t.build();
  ASSERT_EQ(at(analyse(trace).summary.category_peaks, Category::unknown), 64);
  EXPECT_EQ(checked(budget_of({unknown}), trace).verdict(), Verdict::exceeded);
  unknown.fail = Threshold{.amount = 64};
  EXPECT_EQ(checked(budget_of({unknown}), trace).verdict(), Verdict::within);
}

TEST(Check, GrowthNamesThePlaceThatGrows) {
  const LimitCheck check =
      checked(budget_of({limit_on(Measure::growth, 0)}), test::training_run({.leak = true})).limits.at(0);
  EXPECT_EQ(check.verdict, Verdict::exceeded);
  ASSERT_EQ(check.responsible.size(), 1U);
  EXPECT_EQ(check.responsible[0].op, "SoftmaxBackward0");
  EXPECT_EQ(check.responsible[0].module, "h.1");
  EXPECT_EQ(check.responsible[0].bytes, 40);
}

Baseline baseline_of(const Trace& trace) {
  Baseline baseline;
  baseline.file = "old.ptrace";
  baseline.analysis = analyse(trace);
  baseline.summary = baseline.analysis->summary;
  return baseline;
}

TEST(Check, ABaselineWithItsTolerance) {
  const Baseline baseline = baseline_of(test::training_run());  // a peak of 2,100 B
  Limit limit = limit_on(Measure::requested, 0);
  limit.fail = Threshold{.of_baseline = true};
  Budget budget = budget_of({limit});
  EXPECT_EQ(checked(budget, test::training_run(), &baseline).verdict(), Verdict::within);
  const BudgetCheck worse = checked(budget, test::training_run({.hold_logits = true}), &baseline);  // 2,500 B
  EXPECT_EQ(worse.verdict(), Verdict::exceeded);
  EXPECT_EQ(worse.limits[0].fail, 2100);
  EXPECT_EQ(worse.limits[0].responsible.at(0).op, "aten::linear");  // not the weights, which are larger
  EXPECT_EQ(worse.limits[0].responsible.at(0).baseline_bytes, 400);
  budget.tolerance = 0.2;
  EXPECT_EQ(checked(budget, test::training_run({.hold_logits = true}), &baseline).limits[0].fail, 2520);
  budget.limits[0].fail->tolerance = 0.1;  // its own goes before the budget's
  EXPECT_EQ(checked(budget, test::training_run({.hold_logits = true}), &baseline).limits[0].fail, 2310);
}

TEST(Check, ABaselineThatLacksAFigureIsAnErrorWithItsPlace) {
  Baseline baseline = baseline_of(test::training_run());
  Limit limit = limit_on(Measure::reserved, 0);
  limit.fail = Threshold{.of_baseline = true};
  const auto check = check_budget(budget_of({limit}), analyse(test::training_run()), &baseline);
  ASSERT_FALSE(check);
  EXPECT_THAT(check.error().message,
              ::testing::AllOf(HasSubstr("budgets.yaml:3"), HasSubstr("peak.reserved"), HasSubstr("old.ptrace")));
}

/// The same run as PyTorch would have recorded it: sizes and order are known, what they are for was worked out.
Trace inferred_run() {
  Trace trace = test::training_run();
  trace.inferred = "Nobody recorded what the tensors are.";
  return trace;
}

TEST(Check, SizesOfAnImportedRecordingAreJudgedLikeOthers) {
  const BudgetCheck check = checked(budget_of({limit_on(Measure::requested, 2100)}), inferred_run());
  EXPECT_EQ(check.verdict(), Verdict::within);
  EXPECT_FALSE(check.limits[0].inferred);
  EXPECT_EQ(check.inferred, "Nobody recorded what the tensors are.");
}

TEST(Check, WhatWasInferredNeverPassesUnlessTheBudgetAcceptsIt) {
  Limit backward = limit_on(Measure::phase, 2100);
  backward.subject.phase = Phase::backward;
  for (const Limit& limit : {logits_limit(400), backward, limit_on(Measure::growth, 0)}) {
    SCOPED_TRACE(key_of(limit.subject));
    Budget budget = budget_of({limit});
    const BudgetCheck refused = checked(budget, inferred_run());
    EXPECT_EQ(refused.verdict(), Verdict::not_measured);
    EXPECT_TRUE(refused.limits[0].inferred);
    EXPECT_NE(refused.limits[0].figure.amount, std::nullopt) << "it is told all the same";
    budget.accepts_inferred = true;
    EXPECT_EQ(checked(budget, inferred_run()).verdict(), Verdict::within);
    EXPECT_FALSE(checked(budget, test::training_run()).limits[0].inferred);
  }
  Budget budget = budget_of({logits_limit(399)});
  EXPECT_EQ(checked(budget, inferred_run()).verdict(), Verdict::not_measured) << "it may be another category's";
  budget.accepts_inferred = true;
  EXPECT_EQ(checked(budget, inferred_run()).verdict(), Verdict::exceeded);
}

TEST(Check, ABaselineThatWasInferredMakesItsLimitsInferred) {
  const Baseline baseline = baseline_of(inferred_run());
  Limit logits = logits_limit(0);
  logits.fail = Threshold{.of_baseline = true};
  Limit peak = limit_on(Measure::requested, 0);
  peak.fail = Threshold{.of_baseline = true};
  Budget budget = budget_of({peak, logits});
  const BudgetCheck check = checked(budget, test::training_run(), &baseline);
  EXPECT_EQ(check.limits[0].verdict, Verdict::within);
  EXPECT_EQ(check.limits[1].verdict, Verdict::not_measured);
  budget.accepts_inferred = true;
  EXPECT_EQ(checked(budget, test::training_run(), &baseline).verdict(), Verdict::within);
}

TEST(Check, TheImpliedLimitOnUnknownBytesGoesWithTheJudgementOfCategories) {
  Limit unknown = limit_on(Measure::category, 0);
  unknown.subject.category = Category::unknown;
  unknown.implied = true;
  Budget budget = budget_of({limit_on(Measure::requested, 2100), unknown});
  EXPECT_EQ(checked(budget, inferred_run()).limits.size(), 1U);
  EXPECT_EQ(checked(budget, test::training_run()).limits.size(), 2U);
  budget.accepts_inferred = true;
  EXPECT_EQ(checked(budget, inferred_run()).limits.size(), 2U);
  budget.accepts_inferred = false;
  budget.limits[1].implied = false;  // somebody wrote it down
  EXPECT_EQ(checked(budget, inferred_run()).verdict(), Verdict::not_measured);
}

TEST(Check, APhaseThatCouldNotBeInferredIsNotMeasured) {
  Limit recompute = limit_on(Measure::phase, 9999);
  recompute.subject.phase = Phase::recompute;
  Budget budget = budget_of({recompute});
  budget.accepts_inferred = true;
  const BudgetCheck check = checked(budget, inferred_run());
  EXPECT_EQ(check.verdict(), Verdict::not_measured);
  EXPECT_THAT(check.limits[0].figure.why_not, HasSubstr("no phase recompute could be inferred"));
}

}  // namespace
}  // namespace profile_train
