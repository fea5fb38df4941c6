// BERT on whatever device: 0 bytes of difference between prediction and observation, in every row.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using test::Draw;
using test::kProgram;
using workloads::TrainingConfig;

TrainingConfig bert() {
  TrainingConfig config = test::base(kProgram);
  config.model.family = "bert";
  return config;
}

class BertModes : public testing::TestWithParam<double> {};

TEST_P(BertModes, FitsForEveryPrecisionAttentionAndCheckpointing) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const auto checkpointing : {Checkpointing::none, Checkpointing::block, Checkpointing::every}) {
        TrainingConfig config = bert();
        config.model.blocks = 3;
        config.model.dropout = GetParam();
        config.precision = precision.mode;
        config.model.attention = attention.mode;
        config.model.checkpointing = checkpointing;
        if (test::can_run(config)) test::expect_nothing_left(kProgram, config);
      }
}

INSTANTIATE_TEST_SUITE_P(Dropout, BertModes, testing::Values(0.0, 0.1));

TEST(BertGrid, FitsForEveryWayToHandleGradientsAndLogits) {
  for (const bool to_none : {true, false})
    for (const bool hold : {true, false})
      for (const bool tied : {true, false})
        for (const std::int64_t accumulation : {1, 3}) {
          TrainingConfig config = bert();
          config.train.zero_grad_to_none = to_none;
          config.train.clip_norm = to_none ? 0.0 : 1.0;
          config.train.accumulation = accumulation;
          config.loss.hold_logits = hold;
          config.model.tied_head = tied;
          test::expect_nothing_left(kProgram, config);
        }
}

/// A large table and few tokens: the optimizer's step is the peak, or the table's gradients.
TEST(BertGrid, FitsForEveryOptimizer) {
  for (const OptimizerNames& optimizer : kOptimizers)
    for (const auto& implementation : kOptimizerImplementations) {
      if (!optimizer.all_implementations && implementation.implementation != OptimizerImplementation::loop) continue;
      TrainingConfig config = bert();
      config.optimizer.kind = optimizer.kind;
      config.optimizer.implementation = implementation.implementation;
      config.optimizer.weight_decay = 0.1;
      test::expect_nothing_left(kProgram, config);
      config.model.vocabulary = 5000;
      config.train.batch_size = 1;
      config.train.sequence = 4;
      test::expect_nothing_left(kProgram, config);
    }
}

TrainingConfig drawn(std::uint32_t seed) {
  TrainingConfig config = test::drawn_with_modes(kProgram, seed);
  config.model.family = "bert";
  return config;
}

TEST(BertGrid, FitsForShapesAndModesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1001; compared < 40; ++seed) {
    const TrainingConfig config = drawn(seed);
    if (config.model.checkpointing == Checkpointing::attention || !test::can_run(config)) continue;
    if (!why_not_covered(workloads::setup_of(config)).empty()) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(kProgram, config);
    ++compared;
  }
}

/// Which tokens count in the loss differs from step to step; what the loss takes does not.
TEST(BertGrid, HasItsSpikeInBackwardAndNothingUnknown) {
  TrainingConfig config = bert();
  config.model.vocabulary = 3000;
  const Summary summary = kProgram.observed(config);
  EXPECT_EQ(summary.model.peak.where, "backward: logits spike");
  EXPECT_EQ(summary.model.spike.observed_phase, Phase::backward);
  EXPECT_EQ(at(summary.category_peaks, Category::unknown), 0);
  const Bytes nl = config.train.batch_size * config.train.sequence * config.model.vocabulary;
  EXPECT_EQ(at(summary.peak.by_category, Category::logits), 12 * nl);
}

}  // namespace
}  // namespace profile_train
