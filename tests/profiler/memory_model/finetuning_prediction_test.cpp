// Fine-tuning: what the forward pass keeps is the formula of each row, and only what is trained has gradients and
// state.

#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/finetuning_table.h"
#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

TrainingSetup with_frozen_blocks(std::int64_t frozen) {
  TrainingSetup s = test::with_odd_sizes();
  s.blocks = 3;
  s.frozen_blocks = frozen;
  return s;
}

TrainingSetup with_adapters(WeightStorage storage = WeightStorage::full) {
  TrainingSetup s = test::with_odd_sizes();
  s.lora_rank = 3;
  s.weight_storage = storage;
  s.quantisation_group = 16;
  return s;
}

TEST(KeptInFinetuning, IsTheFormulaOfItsRowInEveryMode) {
  for (const std::int64_t frozen : {1, 3}) test::expect_the_formulas_in_every_mode(with_frozen_blocks(frozen), 500);
  for (const WeightStorage storage : {WeightStorage::full, WeightStorage::int8, WeightStorage::int4})
    test::expect_the_formulas_in_every_mode(with_adapters(storage), 500);
}

TEST(KeptInFinetuning, BesideCheckpointsIsTheFormulaOfItsRow) {
  using enum Checkpointing;
  for (const std::int64_t frozen : {1, 2, 5}) {
    TrainingSetup s = with_frozen_blocks(frozen);
    test::expect_the_formulas_beside_checkpoints(s, {block, attention, every});
  }
  for (const WeightStorage storage : {WeightStorage::full, WeightStorage::int4})
    test::expect_the_formulas_beside_checkpoints(with_adapters(storage), {block, attention, every});
}

TEST(TrainedParameters, OfAdaptersAreRankTimesBothSidesOfEachMatrix) {
  TrainingSetup s = test::gpt2_small();
  s.lora_rank = 8;
  constexpr std::int64_t kHidden = 768, kWide = 3072;
  constexpr std::int64_t kSides = (kHidden + 3 * kHidden) + (kHidden + kHidden) + 2 * (kHidden + kWide);
  EXPECT_EQ(trained_parameter_count(s), 12 * 8 * kSides);
  EXPECT_EQ(trained_parameter_count(s), 1'179'648);
  EXPECT_EQ(parameter_count(s), 124'439'808 + 1'179'648);
  EXPECT_EQ(largest_parameter(s), 8 * kWide);
}

TEST(TrainedParameters, OfFrozenBlocksAreThoseAfterThem) {
  TrainingSetup s = test::gpt2_small();
  s.frozen_blocks = 10;
  const std::int64_t block = 12 * 768 * 768 + 13 * 768;
  EXPECT_EQ(trained_parameter_count(s), 2 * block + 2 * 768) << "and the final norm; the head is the token table";
  s.tied_head = false;
  EXPECT_EQ(trained_parameter_count(s), 2 * block + 2 * 768 + 50257 * 768);
}

TEST(WeightsInCodes, TakeAByteOrHalfAByteANumberAndFourAGroup) {
  TrainingSetup s = test::gpt2_small();
  s.lora_rank = 8;
  const Bytes whole = weight_bytes(s);
  EXPECT_EQ(whole, 4 * parameter_count(s));
  const std::int64_t numbers = 12 * (12 * 768 * 768);
  s.weight_storage = WeightStorage::int8;
  EXPECT_EQ(weight_bytes(s), whole - 4 * numbers + numbers + 4 * numbers / 64);
  s.weight_storage = WeightStorage::int4;
  EXPECT_EQ(weight_bytes(s), whole - 4 * numbers + numbers / 2 + 4 * numbers / 64);
  EXPECT_EQ(parameter_count(s), 124'439'808 + 1'179'648) << "numbers, however they are stored";
}

TEST(Finetuning, EndsWithTheWeightsAndTheStateOfWhatIsTrained) {
  for (const TrainingSetup& s : {with_frozen_blocks(2), with_adapters(), with_adapters(WeightStorage::int4)}) {
    const symbolic::PredictedRun run = symbolic::predict_run(s, 2);
    Bytes live = 0;
    for (const symbolic::PredictedEvent& event : run.events)
      if (event.step == 2) live = event.live_bytes;
    EXPECT_EQ(live, weight_bytes(s) + 8 * trained_parameter_count(s));
  }
}

TEST(Finetuning, IsCorrectedWithoutATableThatHasNoGradient) {
  const TrainingSetup s = with_adapters();
  EXPECT_FALSE(corrected_at(Instant::tied_head_sum, s, true));
  const FormulaInstant step = *corrected_at(Instant::optimizer_step, s, true);
  EXPECT_EQ(at(step.terms, Term::weights), 4 * parameter_count(s));
  EXPECT_EQ(at(step.terms, Term::gradients), 4 * trained_parameter_count(s));
  EXPECT_EQ(at(step.terms, Term::optimizer_state), 8 * trained_parameter_count(s));
}

TEST(Finetuning, HasATableOfItsOwnInTheEstimate) {
  EXPECT_TRUE(finetuning_table(test::gpt2_small()).rows.empty());
  TrainingSetup s = test::gpt2_small();
  s.lora_rank = 8;
  const EstimateTable table = finetuning_table(s);
  ASSERT_EQ(table.rows.size(), 5U);
  EXPECT_EQ(table.rows[1].count, 1'179'648);
  EXPECT_EQ(table.rows[3].bytes, 4 * 1'179'648);
  EXPECT_EQ(table.rows[4].bytes, 8 * 1'179'648);
  EXPECT_EQ(table.rows[4].note, "995,518,464 bytes when all is trained");
}

}  // namespace
}  // namespace profile_train
