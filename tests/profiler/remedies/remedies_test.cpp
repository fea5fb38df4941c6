#include "profiler/remedies/remedies.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "profiler/analysis.h"
#include "profiler/remedies/from_model.h"
#include "profiler/remedies/predicted_fit.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Bytes kMiB = Bytes{1} << 20;
constexpr Bytes kGiB = Bytes{1} << 30;

TrainingSetup small_gpt2() {
  TrainingSetup setup;
  setup.blocks = 4;
  setup.hidden = 256;
  setup.heads = 4;
  setup.feed_forward = 1024;
  setup.vocabulary = 5000;
  setup.positions = 512;
  setup.batch = 8;
  setup.sequence = 256;
  setup.steps = 3;
  setup.device = "cuda";
  setup.cublas_workspace_bytes = 32 * kMiB;
  return setup;
}

Bytes least_memory(const TrainingSetup& setup) {
  Bytes too_little = 0;
  Bytes enough = 8 * kGiB;
  while (enough - too_little > 2 * kMiB) {
    const Bytes between = too_little + (enough - too_little) / 2;
    (predict_fit(setup, {}, between).fits ? enough : too_little) = between;
  }
  return enough;
}

TEST(PredictedFit, NeedsMoreThanWhatTensorsAskForAndMoreMemoryNeverHurts) {
  const TrainingSetup setup = small_gpt2();
  const Bytes least = least_memory(setup);
  EXPECT_GE(least, predict_fit(setup, {}, kGiB).requested_peak_bytes);
  EXPECT_FALSE(predict_fit(setup, {}, least - 2 * kMiB).fits);
  for (const Bytes more : {2 * kMiB, 64 * kMiB, kGiB}) EXPECT_TRUE(predict_fit(setup, {}, least + more).fits);
}

TEST(RemediesFromModel, SayWhatEachChangeFreesAndWhetherItIsEnough) {
  const TrainingSetup setup = small_gpt2();
  const Bytes capacity = least_memory(setup) - 20 * kMiB;
  const std::vector<Remedy> remedies = remedies_from_model(setup, {}, capacity);
  TrainingSetup half = setup;
  half.batch = 4;
  const auto found = std::find_if(remedies.begin(), remedies.end(),
                                  [](const Remedy& r) { return r.change == "train.batch_size: 8 → 4"; });
  ASSERT_NE(found, remedies.end());
  EXPECT_EQ(found->frees_bytes, predict_fit(setup, {}, capacity).requested_peak_bytes -
                                    predict_fit(half, {}, capacity).requested_peak_bytes);
  EXPECT_EQ(found->is_enough, predict_fit(half, {}, capacity).fits);
  EXPECT_EQ(found->is_enough, true);
  EXPECT_THAT(remedies, Each(Field(&Remedy::evidence, Remedy::Evidence::model)));
  EXPECT_THAT(remedies, Not(Contains(Field(&Remedy::change, HasSubstr("hold_logits"))))) << "they are released already";
}

TEST(RemediesFromModel, NameTheLargestBatchThatFits) {
  TrainingSetup setup = small_gpt2();
  setup.batch = 5;
  const Bytes capacity = least_memory(setup);
  setup.batch = 16;
  const std::vector<Remedy> remedies = remedies_from_model(setup, {}, capacity);
  EXPECT_THAT(remedies, Contains(Field(&Remedy::change, "train.batch_size: 16 → 5")));
}

TEST(RemediesFromModel, SayThatAChangeIsNotEnoughWhereItIsNot) {
  const std::vector<Remedy> remedies = remedies_from_model(small_gpt2(), {}, 100 * kMiB);
  EXPECT_THAT(remedies, Not(IsEmpty()));
  EXPECT_THAT(remedies, Each(Field(&Remedy::is_enough, std::optional(false))));
}

TEST(RemediesFromModel, AreSilentIfTheModelFindsThatTheRunFits) {
  EXPECT_THAT(remedies_from_model(small_gpt2(), {}, 64 * kGiB), IsEmpty());
}

TEST(RemediesFromModel, AreSilentAboutRunsThatTheModelDoesNotKnow) {
  TrainingSetup setup = small_gpt2();
  setup.model_family = "another";
  EXPECT_THAT(remedies_from_model(setup, {}, 100 * kMiB), IsEmpty());
}

/// A card whose allocator held 200 MiB when a request failed.
Trace failed_at_200_mib(const TrainingSetup& setup) {
  test::TraceBuilder t;
  t.trace().header.setup = setup;
  t.device(DeviceType::cuda).segment(0x10000000, 200 * kMiB).allocate(0x10000000, 190 * kMiB);
  t.step(1).phase(Phase::forward).module("h.0").op("aten::mm").out_of_memory(20 * kMiB, 2 * kMiB);
  t.gauge(Gauge::device_total, 202 * kMiB);
  return t.build();
}

TEST(Remedies, AreJudgedByWhatTheAllocatorCouldHaveHad) {
  TrainingSetup setup = small_gpt2();
  setup.batch = 1;
  const Bytes least = least_memory(setup);
  setup.batch = 64;
  const OutOfMemory failed = analyse(failed_at_200_mib(setup)).summary.out_of_memory.at(0);
  ASSERT_LT(least, 202 * kMiB);
  EXPECT_THAT(failed.remedies, Contains(testing::AllOf(Field(&Remedy::change, HasSubstr("train.batch_size: 64 → ")),
                                                       Field(&Remedy::is_enough, std::optional(true)))));
  EXPECT_TRUE(std::is_sorted(failed.remedies.begin(), failed.remedies.end(),
                             [](const Remedy& a, const Remedy& b) { return a.frees_bytes > b.frees_bytes; }));
}

}  // namespace
}  // namespace profile_train
