#include "testing/memory_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/budget/training_run.h"

namespace profile_train::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Analysis& good() {
  static const Analysis analysis = analyse(test::training_run());
  return analysis;
}
const Analysis& with_held_logits() {
  static const Analysis analysis = analyse(test::training_run({.hold_logits = true}));
  return analysis;
}

/// What a failed EXPECT_THAT would print after "Actual:".
template <typename T>
std::string why(const T& value, const MemoryMatcher& matcher) {
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(matcher.MatchAndExplain(value, &listener));
  return listener.str();
}

TEST(MemoryMatchers, ReadAsTheyAreWritten) {
  EXPECT_EQ(GiB(2.5), 2'684'354'560);
  EXPECT_EQ(MiB(200), 209'715'200);
  EXPECT_EQ(KiB(1), 1024);
  EXPECT_EQ(GB(1.5), 1'500'000'000);
  EXPECT_EQ(MB(2), 2'000'000);
  EXPECT_THAT(good(), PeaksBelow(GiB(2.5)));
  EXPECT_THAT(good(), CategoryPeaksBelow(Category::logits, MiB(200)));
  EXPECT_THAT(good(), PhasePeaksBelow(Phase::backward, KiB(3)));
  EXPECT_THAT(good(), ModulesPeakBelow("h.*.attn", 601));
  EXPECT_THAT(good(), HasNoUnknownBytes());
  EXPECT_THAT(good(), ClosesToTheByte());
  EXPECT_THAT(good(), DoesNotGrow());
}

TEST(MemoryMatchers, BelowMeansBelow) {
  EXPECT_THAT(good(), PeaksBelow(2101));
  EXPECT_THAT(good(), Not(PeaksBelow(2100)));
}

TEST(MemoryMatchers, AFailureNamesTheTensorsThatAreResponsible) {
  EXPECT_THAT(why(with_held_logits(), CategoryPeaksBelow(Category::logits, 500)),
              AllOf(HasSubstr("categories.logits"), HasSubstr("800 B: 301 B over the limit"),
                    HasSubstr("2 × logits float32[100], 800 B, aten::linear in lm_head, forward")));
  EXPECT_THAT(why(with_held_logits(), PhasePeaksBelow(Phase::backward, 2101)),
              AllOf(HasSubstr("phases.backward"), HasSubstr("2,500 B"), HasSubstr("aten::linear in lm_head")));
  EXPECT_THAT(why(good(), ModulesPeakBelow("h.0", 300)), HasSubstr("aten::softmax in h.0.attn"));
  EXPECT_THAT(why(analyse(test::training_run({.leak = true})), DoesNotGrow()),
              AllOf(HasSubstr("40 B a step"), HasSubstr("SoftmaxBackward0 in h.1")));
}

TEST(MemoryMatchers, WhatCannotBeMeasuredDoesNotMatch) {
  EXPECT_THAT(why(good(), ReservedPeaksBelow(GiB(80))), HasSubstr("not measured"));
  EXPECT_THAT(why(good(), AllocatedPeaksBelow(GiB(80))), HasSubstr("not measured"));
  EXPECT_THAT(why(good(), AgreesWithTheModel()), HasSubstr("not measured"));
}

TEST(MemoryMatchers, ATraceWithLossesMatchesNothing) {
  Trace lossy = test::training_run();
  lossy.footer.dropped_events = 1;
  for (const MemoryMatcher& matcher : {PeaksBelow(GiB(80)), HasNoUnknownBytes(), ClosesToTheByte(), DoesNotGrow()})
    EXPECT_THAT(why(lossy, matcher), HasSubstr("cannot be judged"));
}

TEST(MemoryMatchers, ClosureSaysByHowMuchItFails) {
  Analysis open = good();
  open.summary.steps[2].peak.residual_bytes = 8;
  EXPECT_THAT(why(open, ClosesToTheByte()), HasSubstr("step 3 by 8 B"));
}

TEST(MemoryMatchers, TakeTracesAndTheirFiles) {
  EXPECT_THAT(test::training_run(), PeaksBelow(2101));
  EXPECT_THAT(why(std::filesystem::path("/nowhere.ptrace"), PeaksBelow(1)), HasSubstr("/nowhere.ptrace"));
}

TEST(MemoryMatchers, SayWhatTheyWanted) {
  EXPECT_EQ(::testing::DescribeMatcher<const Analysis&>(CategoryPeaksBelow(Category::logits, MiB(200))),
            "has a categories.logits below 200.0 MiB, 209,715,200 B");
  EXPECT_EQ(::testing::PrintToString(good()), "a trace of sample on cpu with 120 events and a peak of 2,100 B");
}

}  // namespace
}  // namespace profile_train::testing
