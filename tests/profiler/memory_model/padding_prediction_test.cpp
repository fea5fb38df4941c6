#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/predicted_instants.h"
#include "profiler/memory_model/widths.h"
#include "profiler/mode_names.h"

namespace profile_train {
namespace {

TrainingSetup padded(TrainingSetup s) {
  s.padding = 0.5;
  return s;
}

TEST(KeptOfPadded, IsTheFormulaOfItsRowInEveryMode) {
  test::expect_the_formulas_in_every_mode(padded(test::with_odd_sizes()), 400);
}

TEST(KeptOfPadded, BesideCheckpointsIsTheFormulaOfItsRow) {
  using enum Checkpointing;
  test::expect_the_formulas_beside_checkpoints(padded(test::with_odd_sizes()), {block, attention, every});
}

TEST(KeptOfPadded, InLlamaIsTheFormulaOfItsRow) {
  for (const std::int64_t head_size : {8, 12}) {
    TrainingSetup s = test::with_odd_sizes();
    s.model_family = "llama";
    s.kv_heads = 1;
    s.head_size = head_size;
    for (const double padding : {0.0, 0.5}) {
      s.padding = padding;
      for (TrainingSetup& each : test::every_mode(s)) {
        if (each.dropout > 0.0) continue;
        SCOPED_TRACE(test::words_of(each));
        test::expect_the_formula_of_every_row(each);
      }
      test::expect_the_formulas_beside_checkpoints(s, {Checkpointing::block, Checkpointing::every});
    }
  }
}

TEST(KeptOfPadded, InBertIsTheFormulaOfItsRow) {
  TrainingSetup s = padded(test::with_odd_sizes());
  s.model_family = "bert";
  test::expect_the_formulas_in_every_mode(s, 200);
  test::expect_the_formulas_beside_checkpoints(s, {Checkpointing::block, Checkpointing::every});
}

TEST(KeptOfPadded, IsOneMaskForAllBlocksWhereScoresAreMaterialisedAndOneForEachInSdpa) {
  TrainingSetup s = test::with_odd_sizes();  // B 2, S 21, two blocks
  const auto kept_for_padding = [&] {
    const Bytes whole = PredictedInstants(s).after_forward(2).bytes;
    return PredictedInstants(padded(s)).after_forward(2).bytes - whole - 8 * s.batch;
  };
  s.attention = AttentionKind::materialised;
  EXPECT_EQ(kept_for_padding(), 2 * 21 * 21 - s.blocks * 21 * 21) << "in place of a causal mask for each";
  s.attention = AttentionKind::sdpa;
  EXPECT_EQ(kept_for_padding(), s.blocks * 4 * 2 * 21 * 21);
  s.precision = Precision::bf16;
  EXPECT_EQ(kept_for_padding(), s.blocks * 2 * 2 * 21 * 21);
  s.device = "cuda";
  s.attention = AttentionKind::efficient;
  EXPECT_EQ(kept_for_padding(), s.blocks * 2 * 2 * 21 * 24) << "rows of a multiple of 8";
}

TEST(KeptOfPadded, IsNoMaskOfNumbersWhereAttentionIsMadeFromParts) {
  TrainingSetup s = padded(test::with_odd_sizes());
  s.attention = AttentionKind::math;
  const Bytes kept = PredictedInstants(s).after_forward(2).bytes;
  s.padding = 0.0;
  EXPECT_EQ(kept - PredictedInstants(s).after_forward(2).bytes, 8 * s.batch);
}

TEST(CorrectedFormula, OfPaddedSequencesIsTheExactPredictionWithoutItsSmallTerms) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    TrainingSetup s = padded(test::gpt2_small());
    s.batch = 8;
    s.sequence = 512;
    s.attention = attention;
    const auto exact = static_cast<double>(PredictedInstants(s).spike(2).bytes);
    const auto corrected = static_cast<double>(sum(corrected_at(Instant::logits_spike, s, true)->terms));
    EXPECT_NEAR(corrected, exact, 1e-3 * exact);
  }
}

TEST(CorrectedFormula, OfALossInChunksHoldsInEveryPrecision) {
  for (const char* device : {"cpu", "cuda"})
    for (const Precision precision : test::kEveryPrecision)
      for (const bool tied : {true, false}) {
        TrainingSetup s = test::gpt2_small();
        s.device = device;
        s.compute_capability = 90;
        s.precision = precision;
        s.tied_head = tied;
        s.batch = 8;
        s.sequence = 512;
        s.loss_chunk_rows = 1024;
        SCOPED_TRACE(test::words_of(s));
        const PredictedInstants predicted(s);
        // What it leaves out: causal masks, statistics of the norms, ids, the chunk of the head's input that autocast
        // casts, and some scalars.
        const Bytes rows = s.batch * s.sequence;
        const Bytes masks = s.blocks * s.sequence * s.sequence;
        const Bytes statistics = (4 * s.blocks + 2) * rows * widths_of(s).statistic;
        const Bytes cast = is_autocast(precision) ? 2 * s.loss_chunk_rows * s.hidden : 0;
        const Bytes left_out = predicted.spike(2).bytes - sum(corrected_at(Instant::logits_spike, s, true)->terms);
        EXPECT_GE(left_out, masks + statistics + 8 * s.sequence + cast);
        EXPECT_LE(left_out, masks + statistics + 8 * s.sequence + cast + 16);
        const auto peak = static_cast<double>(predicted.peak(2).bytes);
        EXPECT_NEAR(static_cast<double>(sum(corrected_peak(s, true)->terms)), peak, 0.05 * peak);
      }
}

}  // namespace
}  // namespace profile_train
