#include "profiler/growth.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Steps that each allocate and free an activation, make optimizer state in step 1, and, if asked, keep 64 B more.
Trace steps(int count, bool leaks) {
  test::TraceBuilder t;
  for (int step = 1; step <= count; ++step) {
    t.step(step).phase(Phase::forward).module("h.0").op("aten::gelu").allocate(0x10, 4096);
    const auto history = static_cast<std::uint64_t>(0x1000 + step);
    if (leaks) t.op("aten::clone").allocate(history, 64);
    t.phase(Phase::backward).free(0x10);
    t.phase(Phase::optimizer_step);
    if (step == 1) t.allocate(0x20, 8192).role(0x20, Role::optimizer_state, "w.exp_avg");
  }
  return t.build();
}

TEST(Growth, WhatIsKeptInEveryStepIsALeak) {
  const Summary summary = analyse(steps(5, true)).summary;
  ASSERT_THAT(summary.growth, SizeIs(1));
  const GrowthRow& leak = summary.growth[0];
  EXPECT_EQ(leak.op, "aten::clone");
  EXPECT_EQ(leak.module, "h.0");
  EXPECT_EQ(leak.phase, Phase::forward);
  EXPECT_EQ(leak.bytes_per_step, 64);
  EXPECT_EQ(leak.steps, 4) << "rises between five step ends";
  EXPECT_EQ(leak.total_bytes, 5 * 64);
}

TEST(Growth, OptimizerStateAndActivationsAreNone) { EXPECT_THAT(analyse(steps(5, false)).summary.growth, IsEmpty()); }

TEST(Growth, TwoRisesProveNothing) {
  EXPECT_THAT(analyse(steps(3, true)).summary.growth, IsEmpty());
  EXPECT_THAT(analyse(steps(4, true)).summary.growth, SizeIs(1));
}

TEST(Growth, WhatStoppedGrowingIsNone) {
  test::TraceBuilder t;
  for (int step = 1; step <= 6; ++step) {
    t.step(step).phase(Phase::data);
    if (step < 6) t.allocate(static_cast<std::uint64_t>(0x100 + step), 64);
  }
  EXPECT_THAT(analyse(t.build()).summary.growth, IsEmpty());
}

TEST(Growth, TheMeanIsOverUnequalRises) {
  test::TraceBuilder t;
  for (int step = 1; step <= 4; ++step)  // 10, 20, 30, 40: rises of 20, 30 and 40 after the first step
    t.step(step).phase(Phase::data).allocate(static_cast<std::uint64_t>(0x100 + step), 10 * step);
  const Summary summary = analyse(t.build()).summary;
  ASSERT_THAT(summary.growth, SizeIs(1));
  EXPECT_EQ(summary.growth[0].bytes_per_step, 30);
  EXPECT_EQ(summary.growth[0].total_bytes, 100);
}

}  // namespace
}  // namespace profile_train
