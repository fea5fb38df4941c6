#include "profiler/driver_ledger.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using test::TraceBuilder;

constexpr Bytes kMiB = 1 << 20;
constexpr std::uint64_t kA = 0x7F00'0000'0000;
constexpr std::uint64_t kB = kA + (64 << 20);

TraceBuilder on_card() {
  TraceBuilder t;
  t.device(DeviceType::cuda).phase(Phase::forward).allocate(1, 64);
  t.trace().footer.driver_recorded = true;
  return t;
}

DriverLevel level_of(TraceBuilder& t) {
  const auto level = analyse(t.build()).summary.driver;
  EXPECT_TRUE(level);
  return level.value_or(DriverLevel{});
}

Bytes share_of(const DriverLevel& level, std::string_view library) {
  for (const DriverShare& share : level.libraries)
    if (share.library == library) return share.at_peak_bytes;
  return -1;
}

TEST(DriverLedger, SplitsThePeakByLibraryAndSaysWhenItWas) {
  TraceBuilder t = on_card();
  t.driver_allocate(kA, 20 * kMiB, kCachingAllocator).segment(kA, 20 * kMiB);
  t.driver_allocate(kB, 8 * kMiB, "NCCL");
  t.step(1).phase(Phase::backward).driver_allocate(kB + kMiB * 32, 2 * kMiB, "cuDNN");
  t.phase(Phase::optimizer_step).driver_free(kB).driver_allocate(kB, 1 * kMiB, "NCCL");
  const DriverLevel level = level_of(t);
  EXPECT_EQ(level.peak_bytes, 30 * kMiB);
  EXPECT_EQ(level.peak_step, 1);
  EXPECT_EQ(level.peak_phase, Phase::backward);
  EXPECT_EQ(level.allocator_at_peak_bytes, 20 * kMiB);
  EXPECT_EQ(level.carried_in_bytes, 0);
  EXPECT_EQ(level.at_end_bytes, 23 * kMiB);
  EXPECT_EQ(share_of(level, "NCCL"), 8 * kMiB);
  EXPECT_EQ(share_of(level, "cuDNN"), 2 * kMiB);
  EXPECT_EQ(level.libraries.front().library, kCachingAllocator);
}

TEST(DriverLedger, ASegmentIsTheAllocatorsWhateverTheStackSaid) {
  TraceBuilder t = on_card();
  t.driver_allocate(kA, 2 * kMiB, "").segment(kA, 2 * kMiB);
  t.driver_allocate(kB, 4 * kMiB, "libwrapper").segment(kB, 4 * kMiB);
  const DriverLevel level = level_of(t);
  EXPECT_EQ(level.allocator_at_peak_bytes, 6 * kMiB);
  ASSERT_EQ(level.libraries.size(), 1U) << "nobody else had anything, not even for a moment";
  EXPECT_EQ(level.libraries[0].allocations, 2);
}

TEST(DriverLedger, SegmentsFromBeforeTheSessionCountUntilTheyGo) {
  TraceBuilder t = on_card();
  t.segment(kA, 20 * kMiB);
  EXPECT_EQ(level_of(t).carried_in_bytes, 20 * kMiB);
  TraceBuilder gone = on_card();
  gone.segment(kA, 20 * kMiB).driver_free(kA).segment(kA, 20 * kMiB, EventKind::segment_free);
  EXPECT_EQ(level_of(gone).at_end_bytes, 0);
  EXPECT_EQ(level_of(gone).peak_bytes, 20 * kMiB);
}

TEST(DriverLedger, ExpandableSegmentsFromBeforeMayBeGivenBackInParts) {
  TraceBuilder t = on_card();
  t.segment(kA, 20 * kMiB, EventKind::segment_map);
  t.segment(kA + 4 * kMiB, 2 * kMiB, EventKind::segment_unmap);
  EXPECT_EQ(level_of(t).at_end_bytes, 18 * kMiB);
  t.phase(Phase::backward).segment(kA, 20 * kMiB, EventKind::segment_unmap);
  EXPECT_EQ(level_of(t).at_end_bytes, 0);
}

TEST(DriverLedger, PhysicalMemoryGoesWithItsLastReference) {
  TraceBuilder t = on_card();
  constexpr std::uint64_t kHandle = 0x55;
  t.driver_allocate(kHandle, 2 * kMiB, kCachingAllocator, DriverMemory::physical);
  t.driver_map(kA, kHandle).segment(kA, 2 * kMiB, EventKind::segment_map);
  t.driver_free(kHandle, DriverMemory::physical);
  EXPECT_EQ(level_of(t).at_end_bytes, 2 * kMiB) << "still mapped";
  EXPECT_EQ(level_of(t).carried_in_bytes, 0);
  t.phase(Phase::backward).driver_map(0, kHandle).driver_unmap(kA, 2 * kMiB);
  EXPECT_EQ(level_of(t).at_end_bytes, 2 * kMiB) << "retained";
  t.phase(Phase::backward).driver_free(kHandle, DriverMemory::physical);
  EXPECT_EQ(level_of(t).at_end_bytes, 0);
}

TEST(DriverLedger, OneUnmapUndoesAllMappingsOfItsRange) {
  TraceBuilder t = on_card();
  for (std::uint64_t i = 0; i < 3; ++i) {
    t.driver_allocate(0x10 + i, 2 * kMiB, "NCCL", DriverMemory::physical).driver_map(kA + i * 2 * kMiB, 0x10 + i);
    t.driver_free(0x10 + i, DriverMemory::physical);
  }
  t.driver_unmap(kA, 4 * kMiB);
  EXPECT_EQ(level_of(t).at_end_bytes, 2 * kMiB);
  EXPECT_EQ(level_of(t).peak_bytes, 6 * kMiB);
}

TEST(DriverLedger, AnAddressThatComesAgainBeforeItsReleaseIsAnotherAllocation) {
  TraceBuilder t = on_card();
  t.driver_allocate(kA, 2 * kMiB, "NCCL").driver_allocate(kA, 6 * kMiB, "cuDNN");
  t.driver_free(kA);
  const DriverLevel level = level_of(t);
  EXPECT_EQ(level.at_end_bytes, 6 * kMiB);
  EXPECT_EQ(share_of(level, "cuDNN"), 6 * kMiB);
}

TEST(DriverLedger, PagesOfTheHostAreCountedApart) {
  TraceBuilder t = on_card();
  t.driver_allocate(0x1000, 3 * kMiB, "LibTorch", DriverMemory::pinned).driver_free(0x1000, DriverMemory::pinned);
  t.driver_allocate(0x1000, 2 * kMiB, "NCCL", DriverMemory::pinned);
  const DriverLevel level = level_of(t);
  EXPECT_EQ(level.pinned_peak_bytes, 3 * kMiB);
  EXPECT_EQ(level.peak_bytes, 0);
}

TEST(DriverLedger, PoolsCountWithWhatTheyHold) {
  TraceBuilder t = on_card();
  t.driver_allocate(kA, 10 * kMiB, "LibTorch", DriverMemory::pooled).driver_pool(0x9000, 32 * kMiB);
  const DriverLevel level = level_of(t);
  EXPECT_EQ(level.peak_bytes, 32 * kMiB);
  EXPECT_EQ(level.unused_in_pools_bytes, 22 * kMiB);
  EXPECT_EQ(share_of(level, "memory pools, not in use"), 22 * kMiB);
}

TEST(DriverLedger, OtherDevicesAreNotOfThisOne) {
  TraceBuilder t = on_card();
  t.driver_allocate(kA, 2 * kMiB, "NCCL");
  t.device(DeviceType::cuda, 1).driver_allocate(kB, 8 * kMiB, "NCCL").segment(kB, 8 * kMiB);
  EXPECT_EQ(level_of(t).peak_bytes, 2 * kMiB);
}

TEST(DriverLedger, SaysNothingOfATraceThatHasNothingOfTheDriver) {
  TraceBuilder t = on_card();
  t.segment(kA, 2 * kMiB);
  t.trace().footer.driver_recorded = false;
  EXPECT_FALSE(analyse(t.build()).summary.driver);
  t.phase(Phase::backward).driver_allocate(kB, kMiB, "NCCL");
  EXPECT_TRUE(analyse(t.build_cut()).summary.driver) << "cut: there is no footer to say so";
}

}  // namespace
}  // namespace profile_train
