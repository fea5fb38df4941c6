#include "profiler/warnings.h"

#include <gmock/gmock.h>

namespace profile_train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Warnings, ACleanTraceHasNone) { EXPECT_THAT(warnings_about(Summary{}), IsEmpty()); }

TEST(Warnings, LostEventsMakeThePeakALowerBound) {
  Summary summary;
  summary.losses.dropped_events = 3;
  EXPECT_THAT(warnings_about(summary), ElementsAre(AllOf(HasSubstr("3 events"), HasSubstr("lower bound"))));
}

TEST(Warnings, ACutTraceSaysWhy) {
  Summary summary;
  summary.losses.cut = true;
  summary.losses.cut_reason = "it ends inside a chunk";
  EXPECT_THAT(warnings_about(summary), ElementsAre(HasSubstr("it ends inside a chunk")));
}

TEST(Warnings, FailureComesFirstAndEachThingIsSaidOnce) {
  Summary summary;
  summary.footer.failure = "out of memory";
  summary.footer.interrupted = true;
  summary.footer.limitation = "CUDA memory is not recorded: no driver.";
  summary.footer.driver_limitation = "Driver allocations are not recorded: no CUPTI.";
  summary.footer.process_limitation = "Device memory by process is not measured: no NVML.";
  summary.losses.unmatched_frees = 1;
  summary.carried_in_allocations = 2;
  summary.carried_in_bytes = 4096;
  EXPECT_THAT(warnings_about(summary),
              ElementsAre(HasSubstr("out of memory"), HasSubstr("no driver"), HasSubstr("no CUPTI"),
                          HasSubstr("no NVML"), HasSubstr("interrupted"), HasSubstr("1 release of"),
                          AllOf(HasSubstr("2 allocations"), HasSubstr("4,096 B"))));
}

TEST(Warnings, WhatASimulatedCardCouldNotGiveIsSaidAndNothingIfItGaveAll) {
  Summary summary;
  summary.losses.data_dependent_reads = 0;
  summary.losses.unimplemented_calls = 0;
  EXPECT_THAT(warnings_about(summary), IsEmpty());
  summary.losses.data_dependent_reads = 3;
  summary.losses.unimplemented_calls = 1;
  EXPECT_THAT(warnings_about(summary),
              ElementsAre(HasSubstr("3 reads took a size"), HasSubstr("1 call was not simulated")));
}

TEST(Warnings, WhatWasInferredIsNotShownAsIfItHadBeenTold) {
  Summary summary;
  summary.inferred = "Categories are inferred from stack frames.";
  EXPECT_THAT(warnings_about(summary), ElementsAre("Categories are inferred from stack frames."));
}

TEST(Warnings, UnknownBytesAndResidualsAreNeverHidden) {
  Summary summary;
  at(summary.peak.by_category, Category::unknown) = 12;
  summary.peak.residual_bytes = 4;
  EXPECT_THAT(warnings_about(summary), ElementsAre(HasSubstr("12 B"), HasSubstr("4 B")));
}

}  // namespace
}  // namespace profile_train
