#include <gmock/gmock.h>

#include "simulator/coverage.h"
#include "simulator/host_reads.h"

namespace profile_train::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

TEST(HostReads, AreCountedByPlaceAndAnswer) {
  HostReads reads;
  reads.record(ReadKind::copy, "cudaMemcpy", "main", "0", 100);
  reads.record(ReadKind::scalar, "aten::item", "train.py:7 in main", "0", 4);
  reads.record(ReadKind::scalar, "aten::item", "train.py:9 in main", "0", 4);
  reads.record(ReadKind::scalar, "aten::item", "train.py:9 in main", "0", 4);
  EXPECT_EQ(reads.count(ReadKind::scalar), 3U);
  EXPECT_EQ(reads.count(ReadKind::copy), 1U);
  EXPECT_EQ(reads.count(ReadKind::shape), 0U);
  const std::vector<ReadSite> sites = reads.sites();
  ASSERT_EQ(sites.size(), 3U);
  EXPECT_EQ(sites[0].source, "train.py:9 in main") << "the most frequent of its kind comes first";
  EXPECT_EQ(sites[0].times, 2U);
  EXPECT_EQ(sites[0].bytes, 8U);
  EXPECT_EQ(sites[1].source, "train.py:7 in main");
  EXPECT_EQ(sites[2].kind, ReadKind::copy);
}

TEST(HostReads, ShapesComeFirstAndAreSaidOnceAPlace) {
  HostReads reads;
  for (int i = 0; i < 9; ++i) reads.record(ReadKind::copy, "cudaMemcpy", "main", "0", 1);
  CaptureStderr();
  reads.record(ReadKind::shape, "aten::nonzero", "", "0", 8);
  reads.record(ReadKind::shape, "aten::nonzero", "", "0", 8);
  EXPECT_EQ(GetCapturedStderr(),
            "[simulated CUDA] aten::nonzero at an unknown place takes a shape from values that are not known here "
            "(0 given): figures may be too low.\n");
  EXPECT_EQ(reads.sites().front().kind, ReadKind::shape);
}

TEST(HostReads, RememberTheLatestThatAProgramMayHaveStoppedFor) {
  HostReads reads;
  EXPECT_EQ(reads.latest(), std::nullopt);
  reads.record(ReadKind::scalar, "aten::item", "a.py:1", "0", 4);
  reads.record(ReadKind::control_flow, "aten::is_nonzero", "a.py:2", "true, since aten::isfinite made it", 1);
  reads.record(ReadKind::copy, "cudaMemcpy", "main", "0", 1);
  ASSERT_TRUE(reads.latest());
  EXPECT_EQ(reads.latest()->source, "a.py:2");
  reads.record(ReadKind::scalar, "aten::item", "a.py:1", "0", 4);
  EXPECT_EQ(reads.latest()->source, "a.py:1");
  EXPECT_EQ(reads.latest()->times, 2U);
}

TEST(Coverage, SaysEachThingOnceAndCountsTheRest) {
  Coverage coverage;
  CaptureStderr();
  coverage.not_implemented("cufftExecC2C");
  coverage.not_implemented("cufftExecC2C");
  coverage.not_included("workspace of cuFFT", TakenBy::program);
  coverage.note("Files hold zeros.");
  coverage.note("Files hold zeros.");
  EXPECT_EQ(GetCapturedStderr(),
            "[simulated CUDA] cufftExecC2C is not implemented by the simulated device; it returned an error.\n"
            "[simulated CUDA] Not included in the figures: workspace of cuFFT.\n"
            "[simulated CUDA] Files hold zeros.\n");
  ASSERT_EQ(coverage.calls_not_implemented().size(), 1U);
  EXPECT_EQ(coverage.calls_not_implemented()[0].what, "cufftExecC2C");
  EXPECT_EQ(coverage.calls_not_implemented()[0].times, 2U);
  ASSERT_EQ(coverage.memory_not_included().size(), 1U);
  EXPECT_EQ(coverage.memory_not_included()[0].times, 1U);
  EXPECT_THAT(coverage.notes(), ElementsAre(HasSubstr("zeros")));
}

}  // namespace
}  // namespace profile_train::simulator
