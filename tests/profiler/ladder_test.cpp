#include "profiler/ladder.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const LadderRung& rung(const std::vector<LadderRung>& ladder, std::string_view name) {
  for (const LadderRung& r : ladder)
    if (r.rung == name) return r;
  throw std::out_of_range(std::string(name));
}

TEST(Ladder, OnTheCpuLeadsFromRequestedToResidentWithTheDifferenceAsARow) {
  TraceFooter footer;
  footer.resident_at_start_bytes = 300;
  footer.resident_peak_bytes = 2500;
  const auto ladder = cpu_ladder(2000, footer);
  EXPECT_EQ(rung(ladder, "requested").bytes, 2000);
  EXPECT_EQ(rung(ladder, "outside tensors").bytes, 500);
  EXPECT_EQ(rung(ladder, "resident").bytes, 2500);
  EXPECT_THAT(rung(ladder, "outside tensors").explanation, HasSubstr("300 B"));
}

TEST(Ladder, ARungHasAFigureOrAReason) {
  for (const TraceFooter& footer : {TraceFooter{}, TraceFooter{.resident_peak_bytes = 4096}})
    for (const LadderRung& r : cpu_ladder(2000, footer))
      EXPECT_EQ(r.bytes.has_value(), r.why_not_measured.empty()) << r.rung;
}

TEST(Ladder, NamesEveryRungOfTheDesign) {
  const auto ladder = cpu_ladder(1, {});
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"})
    EXPECT_NO_THROW(rung(ladder, name)) << name;
  EXPECT_THAT(rung(ladder, "reserved").why_not_measured, Not(IsEmpty()));
}

TEST(Ladder, UntouchedMemoryIsExplainedAndNotHidden) {
  TraceFooter footer;
  footer.resident_peak_bytes = 1500;
  const auto ladder = cpu_ladder(2000, footer);
  EXPECT_EQ(rung(ladder, "outside tensors").bytes, -500);
  EXPECT_THAT(rung(ladder, "outside tensors").explanation, HasSubstr("never touched"));
}

/// A card whose allocator serves 1,000 B from one block of 1,024 B in a segment of 2 MiB.
test::TraceBuilder on_card() {
  test::TraceBuilder t;
  t.device(DeviceType::cuda).step(1).phase(Phase::forward);
  t.segment(0x200000, 2 << 20).allocate(0x200000, 1000).free(0x200000);
  return t;
}

TEST(Ladder, OnACardLeadsFromRequestedOverBlocksToSegments) {
  test::TraceBuilder t = on_card();
  t.segment(0x200000, 2 << 20, EventKind::segment_free);
  t.gauge(Gauge::allocator_requested_peak, 1000).gauge(Gauge::allocator_allocated_peak, 1024);
  t.gauge(Gauge::device_used, 5 << 20).gauge(Gauge::device_total, 8 << 20);
  const Summary summary = analyse(t.build()).summary;
  EXPECT_EQ(rung(summary.ladder, "requested").bytes, 1000);
  EXPECT_THAT(rung(summary.ladder, "requested").explanation, HasSubstr("counts the same"));
  EXPECT_EQ(rung(summary.ladder, "allocated").bytes, 1024);
  EXPECT_THAT(rung(summary.ladder, "allocated").explanation, HasSubstr("24 B"));
  EXPECT_EQ(rung(summary.ladder, "reserved").bytes, 2 << 20);
  EXPECT_EQ(summary.devices.front().reserved_bytes, 0) << "given back at the end";
  EXPECT_EQ(rung(summary.ladder, "device").bytes, 5 << 20);
  for (const LadderRung& r : summary.ladder) EXPECT_EQ(r.bytes.has_value(), r.why_not_measured.empty()) << r.rung;
}

TEST(Ladder, OnACardWithoutReadingsSaysSo) {
  const Summary summary = analyse(on_card().build_cut()).summary;
  for (const char* name : {"allocated", "driver", "process", "device"})
    EXPECT_THAT(rung(summary.ladder, name).why_not_measured, Not(IsEmpty())) << name;
  EXPECT_EQ(rung(summary.ladder, "reserved").bytes, 2 << 20);
}

TEST(Ladder, ACardThatHoldsNothingLeavesTheReportToTheCpu) {
  test::TraceBuilder t;
  t.device(DeviceType::cuda).segment(0x200000, 2 << 20);
  t.device(DeviceType::cpu).phase(Phase::forward).allocate(1, 64);
  EXPECT_EQ(analyse(t.build()).summary.devices.front().device, DeviceType::cpu);
}

TEST(Ladder, OutOfMemoryIsAWarning) {
  test::TraceBuilder t = on_card();
  t.out_of_memory(20 << 20, 4096);
  EXPECT_THAT(analyse(t.build()).summary.warnings, testing::Contains(HasSubstr("1 request could not be served")));
}

}  // namespace
}  // namespace profile_train
