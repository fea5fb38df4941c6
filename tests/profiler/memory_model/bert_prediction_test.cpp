// BERT by the exact model: what it keeps is the formula of each row, and where it differs from GPT-2.

#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

TrainingSetup bert(TrainingSetup s) {
  s.model_family = "bert";
  return s;
}

TEST(KeptByBert, IsTheFormulaOfItsRowInEveryMode) {
  test::expect_the_formulas_in_every_mode(bert(test::with_odd_sizes()), 300);
}

TEST(KeptByBert, BesideCheckpointsIsTheFormulaOfItsRow) {
  test::expect_the_formulas_beside_checkpoints(bert(test::with_odd_sizes()),
                                               {Checkpointing::block, Checkpointing::every});
}

/// What one block more keeps, without its parameters and their state.
Bytes kept_by_one_block(TrainingSetup s) {
  const auto kept = [&s](std::int64_t blocks) {
    s.blocks = blocks;
    const PredictedInstant i = PredictedInstants(s).after_forward(1);
    return i.bytes - at(i.terms, Term::weights) - at(i.terms, Term::optimizer_state);
  };
  return kept(4) - kept(3);
}

// Materialised, F = 4H: 8E inputs of the norms, 8E their outputs, 12E q, k and v, 4E heads joined, 32E around GELU, 4A
// softmax, and the statistics of two norms. No mask.
TEST(PredictionOfBert, KeepsInABlockWhatOneOfGpt2KeepsButForTheMask) {
  TrainingSetup s = bert(test::tiny_setup());
  const Bytes e = s.batch * s.sequence * s.hidden, a = s.batch * s.heads * s.sequence * s.sequence;
  EXPECT_EQ(kept_by_one_block(s), 64 * e + 4 * a + 16 * s.batch * s.sequence);
  s.model_family = "gpt2";
  EXPECT_EQ(kept_by_one_block(s), 64 * e + 4 * a + 16 * s.batch * s.sequence + s.sequence * s.sequence);
}

// Autocast casts the input of q, k and v three times, where GPT-2 has one product: 4E more.
TEST(PredictionOfBert, UnderAutocastKeepsTheInputOfEachProduct) {
  TrainingSetup s = bert(test::tiny_setup());
  s.device = "cuda";
  s.precision = Precision::autocast_bf16;
  const Bytes e = s.batch * s.sequence * s.hidden, a = s.batch * s.heads * s.sequence * s.sequence;
  const Bytes copies = 2 * 12 * s.hidden * s.hidden;
  EXPECT_EQ(kept_by_one_block(s), 40 * e + 6 * a + 16 * s.batch * s.sequence + copies);
}

TEST(CorrectedFormulaOfBert, IsTheExactPredictionWithoutItsSmallTerms) {
  for (const bool tied : {true, false}) {
    TrainingSetup s = bert(test::gpt2_small());
    s.tied_head = tied;
    const PredictedInstants predicted(s);
    const FormulaInstant spike = *corrected_at(Instant::logits_spike, s, true);
    const Bytes bs = s.batch * s.sequence;
    // Statistics of 2L + 2 norms, position ids and the one segment id, one scalar of the loss and the root gradient.
    EXPECT_EQ(predicted.spike(2).bytes - sum(spike.terms), (2 * s.blocks + 2) * 8 * bs + 8 * s.sequence + 8 + 4 + 4);
    const auto peak = static_cast<double>(predicted.peak(2).bytes);
    EXPECT_NEAR(static_cast<double>(sum(corrected_peak(s, true)->terms)), peak, 1e-4 * peak);
  }
}

}  // namespace
}  // namespace profile_train
