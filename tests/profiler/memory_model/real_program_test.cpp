// Runs the real program and asks for 0 bytes of difference between prediction and observation, in every row.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program_grid.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TEST(RealProgram, FitsForTwoThreadsWhoseKernelsKeepTwiceTheScratch) {
  TrainingConfig config = test::base(test::kProgram);
  config.train.threads = 2;
  config.model.attention = AttentionKind::materialised;  // of the flash kernel's scratch a part is a matter of timing
  test::expect_nothing_left(test::kProgram, config);
}

TEST(RealProgram, FitsWhereverThePeakIs) {
  TrainingConfig config = test::base(test::kProgram);
  config.model.vocabulary = 5000;  // a large table and few tokens
  config.train.batch_size = 1;
  config.train.sequence = 4;
  const ModelComparison few_tokens = test::kProgram.observed(config).model;
  EXPECT_EQ(few_tokens.peak.observed_phase, Phase::optimizer_step);
  EXPECT_EQ(few_tokens.first_step_peak.observed_phase, Phase::optimizer_step);
  test::expect_nothing_left(test::kProgram, config);

  config.optimizer.kind = OptimizerKind::sgd;  // which needs no temporaries
  EXPECT_EQ(test::kProgram.observed(config).model.peak.where, "backward: sum of the tied head's gradients");
  test::expect_nothing_left(test::kProgram, config);

  config = test::base(test::kProgram);
  config.model.attention = AttentionKind::materialised;
  config.model.hidden = config.model.heads = 8;  // many scores, A = 4·Nl
  config.model.positions = config.train.sequence = 128;
  config.model.blocks = 1;
  EXPECT_THAT(test::kProgram.observed(config).model.peak.where,
              testing::HasSubstr("SoftmaxBackward0 of transformer.h.0.attn"));
  test::expect_nothing_left(test::kProgram, config);

  config = test::base(test::kProgram);
  config.model.vocabulary = 3000;  // many letters, many tokens
  EXPECT_EQ(test::kProgram.observed(config).model.peak.where, "backward: logits spike");
  test::expect_nothing_left(test::kProgram, config);
}

}  // namespace
}  // namespace profile_train
