// T5 by the exact model: what it keeps is the formula of each row.

#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

TrainingSetup t5(TrainingSetup s) {
  s.model_family = "t5";
  s.decoder_blocks = 3;
  return s;
}

TEST(KeptByT5, IsTheFormulaOfItsRowInEveryMode) {
  TrainingSetup s = t5(test::with_odd_sizes());
  test::expect_the_formulas_in_every_mode(s, 200);
  s.gated_feed_forward = true;
  s.tied_head = false;
  s.sequence = 24;  // rows of the bias are whole
  s.head_size = 24;
  test::expect_the_formulas_in_every_mode(s, 200);
}

TEST(KeptByT5, BesideCheckpointsIsTheFormulaOfItsRow) {
  for (const bool gated : {true, false})
    for (const std::int64_t sequence : {21, 24}) {
      TrainingSetup s = t5(test::with_odd_sizes());
      s.gated_feed_forward = gated;
      s.sequence = sequence;
      test::expect_the_formulas_beside_checkpoints(s, {Checkpointing::block, Checkpointing::every});
    }
}

/// What a block more of one stack keeps, without its parameters and their state.
Bytes kept_by_one_block(TrainingSetup s, std::int64_t TrainingSetup::*blocks) {
  const auto kept = [&](std::int64_t count) {
    s.*blocks = count;
    const PredictedInstant i = PredictedInstants(s).after_forward(1);
    return i.bytes - at(i.terms, Term::weights) - at(i.terms, Term::optimizer_state);
  };
  return kept(4) - kept(3);
}

// CUDA, fp32, materialised, F = 4H, d = H/a: two norms with inputs and outputs 16E, 12E q, k and v, 4E heads joined,
// 16E ReLU, 4A softmax, 8BS 1/rms. A block of the decoder has a norm, an attention and no feed-forward part more.
TEST(PredictionOfT5, KeepsInABlockOfEachStackWhatItsOperatorsKeep) {
  TrainingSetup s = t5(test::tiny_setup());
  s.device = "cuda";
  const Bytes bs = s.batch * s.sequence, e = bs * s.hidden, a = s.batch * s.heads * s.sequence * s.sequence;
  EXPECT_EQ(kept_by_one_block(s, &TrainingSetup::blocks), 48 * e + 4 * a + 8 * bs);
  EXPECT_EQ(kept_by_one_block(s, &TrainingSetup::decoder_blocks), 72 * e + 8 * a + 12 * bs);
  s.gated_feed_forward = true;  // the gate before and after GELU, the other product, and what is multiplied
  EXPECT_EQ(kept_by_one_block(s, &TrainingSetup::blocks), 96 * e + 4 * a + 8 * bs);
}

}  // namespace
}  // namespace profile_train
