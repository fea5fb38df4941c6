#include <gtest/gtest.h>

#include "kept_rows.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/predicted_instants.h"
#include "setups.h"

namespace profile_train {
namespace {

/// What the forward pass keeps: everything but weights and the batch, in step 1.
Bytes kept_after_forward(const TrainingSetup& s) {
  return PredictedInstants(s).after_forward(1).bytes - 4 * parameter_count(s) - 16 * s.batch * s.sequence;
}

// Three figures measured on a program of its own kind before this model was written: GPT-2 small with 256 positions.
TEST(Prediction, OfGpt2SmallIsWhatWasMeasuredAfterTheForwardPass) {
  TrainingSetup s = test::gpt2_small(256);
  constexpr Bytes kE = 256 * 768, kA = 12 * 256 * 256, kNl = 256 * 50257, kS = 256;
  s.attention = AttentionKind::materialised;
  EXPECT_EQ(kept_after_forward(s),
            12 * (64 * kE + 4 * kA + 16 * kS + kS * kS) + 8 * kE + 8 * kS + 4 * kNl + 8 * kS + 8);
  EXPECT_EQ(kept_after_forward(s), 242'619'400);
  s.attention = AttentionKind::sdpa;
  EXPECT_EQ(kept_after_forward(s), 204'231'688);
}

TEST(Prediction, OfGpt2SmallPeaksWhereItWasMeasured) {
  const PredictedInstants predicted(test::gpt2_small(256));
  const PredictedInstant steady = predicted.peak(2);
  EXPECT_EQ(steady.bytes, 2'290'384'904);
  EXPECT_EQ(steady.phase, Phase::backward);
  EXPECT_EQ(steady.where, "backward: sum of the tied head's gradients");
  // In step 1 the optimizer has no state until it steps: that is the peak there.
  EXPECT_EQ(predicted.peak(1).phase, Phase::optimizer_step);
  EXPECT_LT(predicted.peak(1).bytes, steady.bytes);
}

TEST(Prediction, SpikeHoldsThreeTimesTheLogitsAndFourTimesIfTheCallerKeepsThem) {
  TrainingSetup s = test::tiny_setup();
  const Bytes nl = s.batch * s.sequence * s.vocabulary;
  const auto logits_bytes = [&] {
    const PredictedInstant spike = PredictedInstants(s).spike(2);
    return at(spike.terms, Term::logits) + at(spike.terms, Term::log_softmax) + at(spike.terms, Term::logits_gradients);
  };
  EXPECT_EQ(logits_bytes(), 12 * nl);
  s.logits_held = true;
  EXPECT_EQ(logits_bytes(), 16 * nl);
}

TEST(Prediction, OfALossInChunksHasTwoTensorsOfAChunkInsteadOfThreeOfTheBatch) {
  TrainingSetup s = test::tiny_setup();  // 48 rows
  s.loss_chunk_rows = 20;
  const auto spike = [&] { return PredictedInstants(s).spike(2); };
  EXPECT_EQ(at(spike().terms, Term::logits_of_chunk), 8 * 20 * s.vocabulary);
  EXPECT_EQ(at(spike().terms, Term::log_softmax), 0);
  EXPECT_EQ(at(spike().terms, Term::gradients), 4 * s.vocabulary * s.hidden) << "the head's, as it grows";
  EXPECT_EQ(at(spike().terms, Term::backward_in_flight), 4 * 48 * s.hidden + 4 + 4) << "its input's; two numbers";
  s.accumulation = 2;
  EXPECT_EQ(at(spike().terms, Term::tied_gradients), 4 * s.vocabulary * s.hidden) << "to be added to what is there";
  s.loss_chunk_rows = 1000;
  EXPECT_EQ(at(spike().terms, Term::logits_of_chunk), 8 * 48 * s.vocabulary) << "no more than there are";
}

TEST(Prediction, RepeatsItselfFromTheSecondStepOn) {
  TrainingSetup s = test::tiny_setup();
  s.gradients_set_to_none = false;
  s.clip_norm = 1.0;
  const symbolic::PredictedRun run = symbolic::predict_run(s, 4);
  std::vector<std::vector<Bytes>> changes(5);
  for (const symbolic::PredictedEvent& event : run.events)
    if (event.step > 0) changes[static_cast<std::size_t>(event.step)].push_back(event.change_bytes);
  EXPECT_EQ(changes[2], changes[3]);
  EXPECT_EQ(changes[3], changes[4]);
  EXPECT_NE(changes[1], changes[2]);
}

TEST(Prediction, EndsWithNothingButWeightsAndState) {
  TrainingSetup s = test::tiny_setup();
  const auto left = [&] {
    const symbolic::PredictedRun run = symbolic::predict_run(s, 2);
    Bytes live = 0;
    for (const symbolic::PredictedEvent& event : run.events)
      if (event.step == 2) live = event.live_bytes;
    return live;
  };
  const Bytes weights = 4 * parameter_count(s);
  EXPECT_EQ(left(), 3 * weights);  // AdamW: two numbers a parameter
  s.optimizer = OptimizerKind::sgd;
  EXPECT_EQ(left(), weights);
  s.momentum = 0.9;
  EXPECT_EQ(left(), 2 * weights);
  s.gradients_set_to_none = false;
  EXPECT_EQ(left(), 3 * weights);
}

TEST(Kept, IsTheFormulaOfItsRowInEveryMode) { test::expect_the_formulas_in_every_mode(test::with_odd_sizes(), 500); }

TEST(Kept, BesideCheckpointsIsTheFormulaOfItsRow) {
  using enum Checkpointing;
  test::expect_the_formulas_beside_checkpoints(test::with_odd_sizes(), {block, attention, every});
}

// 4E a layer, whatever the precision of autocast, and no copies of weights: measured before this model was written.
TEST(Prediction, OfCheckpointedBlocksKeepsTheirInputsOnly) {
  TrainingSetup s = test::tiny_setup();
  s.checkpointing = Checkpointing::block;
  const Bytes e = s.batch * s.sequence * s.hidden;
  const auto kept_by_one_block = [&] {
    s.blocks = 4;
    const PredictedInstant deep = PredictedInstants(s).after_forward(1);
    s.blocks = 3;
    const PredictedInstant shallow = PredictedInstants(s).after_forward(1);
    const auto without_weights = [](const PredictedInstant& i) {
      return i.bytes - at(i.terms, Term::weights) - at(i.terms, Term::optimizer_state);
    };
    return without_weights(deep) - without_weights(shallow);
  };
  for (const double dropout : {0.0, 0.1})
    for (const char* device : {"cpu", "cuda"}) {
      s.dropout = dropout;
      s.device = device;
      s.precision = Precision::fp32;
      EXPECT_EQ(kept_by_one_block(), 4 * e);
      s.precision = Precision::autocast_bf16;
      EXPECT_EQ(kept_by_one_block(), 4 * e);
      s.precision = Precision::bf16;
      EXPECT_EQ(kept_by_one_block(), 2 * e);
    }
}

TEST(Prediction, OnCudaTheLibrariesWorkspacesComeOnTop) {
  TrainingSetup s = test::tiny_setup();
  s.device = "cuda";
  const Bytes without = PredictedInstants(s).peak(2).bytes;
  s.cublas_workspace_bytes = 1000;
  s.cublaslt_workspace_bytes = 10;
  const PredictedInstants with(s);
  EXPECT_EQ(with.peak(2).bytes, without + 2 * 1000 + 10) << "one for each thread that multiplies";
  EXPECT_EQ(at(with.spike(1).terms, Term::library_workspaces), 1000 + 10) << "backward has not multiplied yet";
}

TEST(CorrectedFormula, IsTheExactPredictionWithoutItsSmallTerms) {
  const TrainingSetup s = test::gpt2_small();
  const PredictedInstants predicted(s);
  const Bytes corrected = sum(corrected_peak(s, true)->terms);
  EXPECT_EQ(corrected, 16 * 124'439'808LL + 8 * 50'257 * 768 + 16 * 256);
  EXPECT_NEAR(static_cast<double>(corrected), static_cast<double>(predicted.peak(2).bytes), 1e-5 * 2.3e9);

  // Materialised, F = 4H: L(64E + 4A) + 8E + 4Nl kept, 8Nl on top.
  const FormulaInstant spike = *corrected_at(Instant::logits_spike, s, true);
  constexpr Bytes kE = 256 * 768, kA = 12 * 256 * 256, kNl = 256 * 50257;
  EXPECT_EQ(sum(spike.terms), 12 * 124'439'808LL + 16 * 256 + 12 * (64 * kE + 4 * kA) + 8 * kE + 12 * kNl);
  // What it leaves out at the spike: mask, statistics, position ids, one scalar of the loss and the root gradient.
  EXPECT_EQ(predicted.spike(2).bytes - sum(spike.terms), 12 * (256 * 256 + 16 * 256) + 8 * 256 + 8 * 256 + 4 + 4);
}

TEST(CorrectedFormula, OfALossInChunksIsTheExactPredictionWithoutItsSmallTerms) {
  TrainingSetup s = test::gpt2_small();
  s.batch = 8;
  s.loss_chunk_rows = 256;
  for (const bool tied : {true, false})
    for (const std::int64_t accumulation : {1, 2}) {
      s.tied_head = tied;
      s.accumulation = accumulation;
      const PredictedInstants predicted(s);
      const auto exact = static_cast<double>(predicted.spike(2).bytes);
      EXPECT_NEAR(static_cast<double>(sum(corrected_at(Instant::logits_spike, s, true)->terms)), exact, 1e-3 * exact);
      const auto peak = static_cast<double>(predicted.peak(2).bytes);
      EXPECT_NEAR(static_cast<double>(sum(corrected_peak(s, true)->terms)), peak, 0.05 * peak);
    }
}

}  // namespace
}  // namespace profile_train
