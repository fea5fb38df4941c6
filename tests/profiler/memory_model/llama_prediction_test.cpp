// Llama by the exact model: what it keeps is the formula of each row, and a block counted by hand.

#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/stated.h"

namespace profile_train {
namespace {

TrainingSetup llama(TrainingSetup s) {
  s.model_family = "llama";
  return s;
}

/// d is not H/a, and no two rows have tensors of one size.
TrainingSetup with_odd_sizes() {
  TrainingSetup s = llama(test::with_odd_sizes());
  s.head_size = 24;
  return s;
}

TEST(KeptByLlama, IsTheFormulaOfItsRowInEveryMode) {
  for (const std::int64_t kv_heads : {0, 1, 2}) {  // 0: as many as there are heads of queries, 1 or 4
    TrainingSetup s = with_odd_sizes();
    s.kv_heads = kv_heads;
    test::expect_the_formulas_in_every_mode(s, kv_heads == 2 ? 100 : 200);
  }
}

TEST(KeptByLlama, BesideCheckpointsIsTheFormulaOfItsRow) {
  TrainingSetup s = with_odd_sizes();
  s.kv_heads = 2;
  test::expect_the_formulas_beside_checkpoints(s, {Checkpointing::block, Checkpointing::every});
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

// fp32, d = H/a: 8E inputs of the norms, 8E their outputs, 12E q, k and v, 4E heads joined; gate, its SiLU, up and
// their product; one number a token for each norm.
TEST(PredictionOfLlama, KeepsInABlockWhatCanBeCountedByHand) {
  TrainingSetup s = llama(test::tiny_setup());
  s.device = "cuda";
  const Bytes bs = s.batch * s.sequence;
  const Bytes e = bs * s.hidden, a = bs * s.heads * s.sequence, f = bs * s.feed_forward;
  EXPECT_EQ(kept_by_one_block(s), 32 * e + 16 * f + 4 * a + s.sequence * s.sequence + 8 * bs);
  s.attention = AttentionKind::sdpa;  // memory-efficient: sums for rows in multiples of 32
  EXPECT_EQ(kept_by_one_block(s), 32 * e + 16 * f + 4 * s.batch * s.heads * 32 + 8 * bs);
  // The CPU makes RMSNorm from parts and keeps what it has divided, before it is scaled.
  s.device = "cpu";
  EXPECT_EQ(kept_by_one_block(s), (32 + 8) * e + 16 * f + 4 * bs * s.heads + 8 * bs);
}

// Half of all that, but for sums and statistics.
TEST(PredictionOfLlama, KeepsHalfInPureHalfPrecision) {
  TrainingSetup s = llama(test::tiny_setup());
  s.device = "cuda";
  s.attention = AttentionKind::flash;
  s.precision = Precision::bf16;
  const Bytes bs = s.batch * s.sequence;
  const Bytes e = bs * s.hidden, f = bs * s.feed_forward;
  EXPECT_EQ(kept_by_one_block(s), 16 * e + 8 * f + 4 * bs * s.heads + 24 + 8 * bs);
  // Autocast keeps the residual stream in fp32 and casts the norms' outputs once for each of five products; rotary
  // positions give fp32, of which a copy is made for attention.
  s.precision = Precision::autocast_bf16;
  const Bytes copies = 2 * (4 * s.hidden * s.hidden + 3 * s.hidden * s.feed_forward);
  EXPECT_EQ(kept_by_one_block(s), (8 + 10 + 4 + 2 + 2) * e + 8 * f + 4 * bs * s.heads + 24 + 8 * bs + copies);
}

// The published program copies shared keys and values for each head of queries: sharing saves parameters, and nothing
// of what is kept.
TEST(PredictionOfLlama, SharedKeysAndValuesAreKeptOnceForEachHeadOfQueries) {
  TrainingSetup s = llama(test::tiny_setup());
  s.device = "cuda";
  s.attention = AttentionKind::sdpa;
  const Bytes without = kept_by_one_block(s);
  s.kv_heads = 2;
  EXPECT_EQ(kept_by_one_block(s), without);
  const Bytes e = s.batch * s.sequence * s.hidden;
  EXPECT_EQ(at(PredictedInstants(s).after_forward(1).terms, Term::shared_key_value), s.blocks * 8 * e);
}

TEST(CorrectedFormulaOfLlama, IsTheExactPredictionWithoutItsSmallTerms) {
  for (const bool tied : {true, false})
    for (const std::int64_t kv_heads : {12, 4}) {
      TrainingSetup s = llama(test::gpt2_small());
      s.tied_head = tied;
      s.kv_heads = kv_heads;
      const PredictedInstants predicted(s);
      const FormulaInstant spike = *corrected_at(Instant::logits_spike, s, true);
      const Bytes bs = s.batch * s.sequence;
      // Masks, statistics of 2L + 1 norms, cosine and sine, one scalar of the loss and the root gradient.
      EXPECT_EQ(predicted.spike(2).bytes - sum(spike.terms),
                s.blocks * s.sequence * s.sequence + (2 * s.blocks + 1) * 4 * bs + 8 * s.sequence * 64 + 4 + 4);
      const auto peak = static_cast<double>(predicted.peak(2).bytes);
      EXPECT_NEAR(static_cast<double>(sum(corrected_peak(s, true)->terms)), peak, 1e-4 * peak);
    }
}

TEST(StatedFormulaOfLlama, HasTheSameSumAsOfAnyModel) {
  const TrainingSetup s = llama(test::tiny_setup());
  const Bytes bs = s.batch * s.sequence;
  EXPECT_EQ(sum(stated_terms(s)), 16 * parameter_count(s) + 8 * bs +
                                      s.blocks * (14 * bs * s.hidden + 4 * bs * s.sequence) + 10 * bs * s.vocabulary);
}

}  // namespace
}  // namespace profile_train
