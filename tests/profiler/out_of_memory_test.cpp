#include "profiler/out_of_memory.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Two steps on a card that make the same activation; the second may fail to.
test::TraceBuilder two_steps() {
  test::TraceBuilder t;
  t.device(DeviceType::cuda).segment(0x10000, 0x10000).allocate(0x10000, 2048).role(0x10000, Role::parameter, "w");
  t.step(1).phase(Phase::forward).module("h.0").op("aten::mm").tensor(0x11000, "float32", {16, 16});
  t.phase(Phase::backward).free(0x11000);
  t.step(2).phase(Phase::forward).module("h.0").op("aten::mm");
  return t;
}

TEST(OutOfMemory, SaysWhatWasAskedForWhereAndWhatWasLive) {
  auto t = two_steps();
  t.out_of_memory(1024, 4096);
  const Summary summary = analyse(t.build()).summary;
  ASSERT_THAT(summary.out_of_memory, SizeIs(1));
  const OutOfMemory& failed = summary.out_of_memory[0];
  EXPECT_EQ(failed.request_bytes, 1024);
  EXPECT_EQ(failed.device_free_bytes, 4096);
  EXPECT_EQ(failed.step, 2);
  EXPECT_EQ(failed.phase, Phase::forward);
  EXPECT_EQ(failed.op, "aten::mm");
  EXPECT_EQ(failed.module, "h.0");
  EXPECT_EQ(failed.requested_bytes, 2048);
  EXPECT_EQ(failed.reserved_bytes, 0x10000);
  EXPECT_EQ(at(failed.by_category, Category::weights), 2048);
  ASSERT_THAT(failed.live, SizeIs(1));
  EXPECT_EQ(failed.live[0].name, "w");
}

TEST(OutOfMemory, KnowsTheShapeIfTheSameWasMadeThereBefore) {
  auto t = two_steps();
  t.out_of_memory(1024, 0);
  const OutOfMemory failed = analyse(t.build()).summary.out_of_memory.at(0);
  EXPECT_EQ(failed.dtype, "float32");
  EXPECT_THAT(failed.sizes, ElementsAre(16, 16));
}

TEST(OutOfMemory, DoesNotGuessAShapeFromAnotherSizeOrAnotherPlace) {
  auto another_size = two_steps();
  another_size.out_of_memory(1536, 0);
  EXPECT_EQ(analyse(another_size.build()).summary.out_of_memory.at(0).dtype, "");
  auto another_place = two_steps();
  another_place.module("h.1").op("aten::mm").out_of_memory(1024, 0);
  EXPECT_EQ(analyse(another_place.build()).summary.out_of_memory.at(0).dtype, "");
}

TEST(OutOfMemory, SegmentsGivenBackOrUnmappedAreNotReserved) {
  auto t = two_steps();
  t.segment(0x40000, 0x8000, EventKind::segment_map).segment(0x44000, 0x4000, EventKind::segment_unmap);
  t.segment(0x10000, 0x10000, EventKind::segment_free).out_of_memory(1 << 20, 0);
  EXPECT_EQ(analyse(t.build()).summary.out_of_memory.at(0).reserved_bytes, 0x4000);
}

TEST(OutOfMemory, LooksOnlyAtTheCardThatFailed) {
  auto t = two_steps();
  t.device(DeviceType::cuda, 1).segment(0x900000, 0x3000).allocate(0x900000, 512).out_of_memory(1 << 20, 0);
  const OutOfMemory failed = analyse(t.build()).summary.out_of_memory.at(0);
  EXPECT_EQ(failed.device_index, 1);
  EXPECT_EQ(failed.requested_bytes, 512);
  EXPECT_EQ(failed.reserved_bytes, 0x3000);
}

TEST(OutOfMemory, TellsOfTheFirstFewAndTheLatest) {
  auto t = two_steps();
  for (Bytes i = 1; i <= 10; ++i) t.out_of_memory(i * 512, 0);
  std::vector<Bytes> told;
  for (const OutOfMemory& failed : analyse(t.build()).summary.out_of_memory) told.push_back(failed.request_bytes);
  EXPECT_THAT(told, ElementsAre(512, 1024, 1536, 5120));
}

TEST(OutOfMemory, IsEmptyWhereNothingFailed) {
  EXPECT_THAT(analyse(two_steps().build()).summary.out_of_memory, IsEmpty());
}

}  // namespace
}  // namespace profile_train
