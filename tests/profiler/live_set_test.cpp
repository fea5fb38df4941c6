#include "profiler/live_set.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Trace small_trace() {
  test::TraceBuilder t;
  t.phase(Phase::init).tensor(0x10, "float32", {4, 8}).role(0x10, Role::parameter, "w").end_phase();  // 0..4
  t.step(3).phase(Phase::forward).module("h.1").op("aten::gelu").allocate(0x20, 999);                 // 5, 6, 7
  t.op("aten::mul").allocate(0x30, 1).free(0x30);                                                     // 8, 9
  return t.build();
}

TEST(LiveSet, TellsEveryLiveAllocationLargestFirst) {
  const Summary summary = analyse(small_trace()).summary;
  ASSERT_EQ(summary.peak.event, 8U);
  ASSERT_EQ(summary.live_at_peak.size(), 3U);
  const LiveAllocation& activation = summary.live_at_peak[0];
  EXPECT_EQ(activation.bytes, 999);
  EXPECT_EQ(activation.module, "h.1");
  EXPECT_EQ(activation.op, "aten::gelu");
  EXPECT_EQ(activation.phase, Phase::forward);
  EXPECT_EQ(activation.step, 3);
  EXPECT_EQ(activation.age_events, 1U);
  EXPECT_EQ(activation.dtype, "") << "nobody described it";

  const LiveAllocation& weight = summary.live_at_peak[1];
  EXPECT_EQ(weight.name, "w");
  EXPECT_EQ(weight.category, Category::weights);
  EXPECT_EQ(weight.dtype, "float32");
  EXPECT_THAT(weight.sizes, ElementsAre(4, 8));
}

TEST(LiveSet, SumsToThePeak) {
  const Summary summary = analyse(small_trace()).summary;
  Bytes sum = 0;
  for (const LiveAllocation& row : summary.live_at_peak) sum += row.bytes;
  EXPECT_EQ(sum, summary.peak.requested_bytes);
}

TEST(LiveSet, AnyInstantMayBeAsked) {
  const Analysis analysis = analyse(small_trace());
  EXPECT_THAT(live_set(analysis, 0), IsEmpty());
  EXPECT_EQ(live_set(analysis, 7).size(), 2U);
  EXPECT_EQ(live_set(analysis, 9).size(), 2U) << "released at this very event";
}

}  // namespace
}  // namespace profile_train
