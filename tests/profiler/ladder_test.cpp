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
  ASSERT_EQ(rung(summary.ladder, "allocated").parts.size(), 1U);
  EXPECT_EQ(rung(summary.ladder, "allocated").parts[0].bytes, 24) << "rounded up to two blocks";
  EXPECT_EQ(rung(summary.ladder, "allocated").residual_bytes, 0);
  EXPECT_EQ(rung(summary.ladder, "reserved").bytes, 2 << 20);
  EXPECT_EQ(summary.devices.front().reserved_bytes, 0) << "given back at the end";
  EXPECT_EQ(rung(summary.ladder, "device").bytes, 5 << 20);
  for (const LadderRung& r : summary.ladder) EXPECT_EQ(r.bytes.has_value(), r.why_not_measured.empty()) << r.rung;
}

/// 1,000 B in a segment of 2 MiB, 3 MiB of NCCL, a context of 100 MiB, and another process that has 50 MiB.
test::TraceBuilder on_shared_card() {
  constexpr Bytes kMiB = 1 << 20;
  test::TraceBuilder t;
  t.device(DeviceType::cuda).gauge(Gauge::process_at_start, 100 * kMiB);
  t.step(1).phase(Phase::forward).driver_allocate(0x200000, 2 * kMiB, "libc10").segment(0x200000, 2 * kMiB);
  t.driver_allocate(0x900000, 3 * kMiB, "NCCL").allocate(0x200000, 1000);
  t.driver_allocate(0x1000, 4096, "LibTorch", DriverMemory::pinned);
  t.gauge(Gauge::process_peak, 107 * kMiB).gauge(Gauge::device_at_process_peak, 157 * kMiB);
  t.gauge(Gauge::allocator_requested_peak, 1000).gauge(Gauge::allocator_allocated_peak, 1024);
  t.gauge(Gauge::device_total, 800 * kMiB);
  t.trace().footer.driver_recorded = true;
  return t;
}

TEST(Ladder, OnACardEachStepIsExplainedUpToAResidual) {
  constexpr Bytes kMiB = 1 << 20;
  const Summary summary = analyse(on_shared_card().build()).summary;
  const auto& driver = rung(summary.ladder, "driver");
  EXPECT_EQ(driver.bytes, 5 * kMiB);
  ASSERT_EQ(driver.parts.size(), 1U);
  EXPECT_EQ(driver.parts[0].what, "NCCL");
  EXPECT_THAT(driver.explanation, HasSubstr("most of it in step 1, forward"));
  EXPECT_EQ(driver.parts[0].bytes, 3 * kMiB);
  EXPECT_EQ(driver.residual_bytes, 0);
  const auto& process = rung(summary.ladder, "process");
  EXPECT_EQ(process.bytes, 107 * kMiB);
  EXPECT_EQ(process.parts.at(0).bytes, 100 * kMiB);
  EXPECT_EQ(process.residual_bytes, 2 * kMiB) << "modules that were loaded later, say";
  const auto& device = rung(summary.ladder, "device");
  EXPECT_EQ(device.bytes, 157 * kMiB);
  EXPECT_EQ(device.parts.at(0).bytes, 50 * kMiB);
  EXPECT_EQ(device.residual_bytes, 0);
  EXPECT_EQ(rung(summary.ladder, "page-locked host memory").bytes, 4096);
  EXPECT_EQ(rung(summary.ladder, "the profiler's own").bytes, 0) << "measured, and none";
  Bytes below = 0;
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"}) {
    EXPECT_GE(rung(summary.ladder, name).bytes, below) << name;
    below = *rung(summary.ladder, name).bytes;
  }
}

TEST(Ladder, OnACardALimitationIsTheReasonOfItsRung) {
  test::TraceBuilder t = on_card();
  t.trace().footer.driver_limitation = "Driver allocations are not recorded: \"X\" holds CUPTI: one at a time.";
  t.trace().footer.process_limitation = "Device memory by process is not measured: NVML is not there.";
  const Summary summary = analyse(t.build()).summary;
  EXPECT_EQ(rung(summary.ladder, "driver").why_not_measured, "\"X\" holds CUPTI: one at a time");
  EXPECT_EQ(rung(summary.ladder, "the profiler's own").why_not_measured, "\"X\" holds CUPTI: one at a time");
  EXPECT_EQ(rung(summary.ladder, "process").why_not_measured, "NVML is not there");
}

TEST(Ladder, OnASimulatedCardThereIsNoContextAndItSaysSo) {
  test::TraceBuilder t = on_shared_card();
  t.trace().footer.simulated = true;
  EXPECT_THAT(rung(analyse(t.build()).summary.ladder, "process").explanation,
              HasSubstr("a simulated card has no context"));
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
