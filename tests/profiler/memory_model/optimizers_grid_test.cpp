// Every optimizer in every precision on whatever device: 0 bytes of difference between prediction and observation.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

/// With the widest choice of settings in fp32, which modes_grid_test.cpp has, and here in bf16, whose update is in half
/// precision. The others update in fp32.
TEST(OptimizersGrid, FitsInBf16) { test::fits_every_optimizer(test::kProgram, Precision::bf16); }

TEST(OptimizersGrid, FitsInPrecisionsThatUpdateInFp32) {
  for (const auto& precision : kPrecisions)
    for (const OptimizerNames& names : kOptimizers)
      for (const auto& implementation : kOptimizerImplementations) {
        if (!names.all_implementations && implementation.implementation != OptimizerImplementation::loop) continue;
        TrainingConfig config = test::base(test::kProgram);
        config.precision = precision.mode;
        if (is_pure_half(config.precision) && config.precision != Precision::bf16_master) continue;
        config.optimizer.kind = names.kind;
        config.optimizer.implementation = implementation.implementation;
        config.optimizer.weight_decay = 0.1;
        config.optimizer.momentum = names.momentum ? 0.9 : 0.0;
        config.optimizer.centered = names.centered;
        config.train.zero_grad_to_none = names.kind != OptimizerKind::lamb;
        test::expect_nothing_left(test::kProgram, config);
        config.model.vocabulary = 5000;  // a large table and few tokens: the step is the peak, or the table's gradients
        config.train.batch_size = 1;
        config.train.sequence = 4;
        config.train.clip_norm = 1.0;
        test::expect_nothing_left(test::kProgram, config);
      }
}

/// Parameters of more than one piece of 8-bit AdamW's, and of a piece that ends within a block.
TEST(OptimizersGrid, FitsWhereQuantisedStateComesInSeveralPieces) {
  for (const auto& precision : kPrecisions) {
    TrainingConfig config = test::base(test::kProgram);
    config.precision = precision.mode;
    config.optimizer.kind = OptimizerKind::adamw_8bit;
    config.model.blocks = 1;
    config.model.heads = 5;
    config.model.hidden = 40;
    config.model.vocabulary = 50'003;
    config.train.batch_size = 1;
    config.train.sequence = 4;
    test::expect_nothing_left(test::kProgram, config);
  }
}

}  // namespace
}  // namespace profile_train
