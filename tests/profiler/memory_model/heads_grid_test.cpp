// Heads of every kind of size with every attention, on whatever device: 0 bytes of difference between prediction and
// observation.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TrainingConfig with_heads(std::int64_t heads, std::int64_t head_size) {
  TrainingConfig config = test::base(test::kProgram);
  config.model.blocks = 1;
  config.model.heads = heads;
  config.model.hidden = heads * head_size;
  config.model.feed_forward = 64;
  config.train.batch_size = 2;
  return config;
}

/// Multiples of 8, of 4 and of neither; up to and beyond the widths at which kernels change.
TEST(HeadsGrid, FitsForEverySizeOfHeads) {
  for (const std::int64_t head_size : {6, 12, 64, 72, 100, 104, 136, 200, 264})
    for (const Precision precision : {Precision::fp32, Precision::autocast_fp16, Precision::bf16})
      for (const AttentionKind attention : {AttentionKind::sdpa, AttentionKind::flash, AttentionKind::efficient})
        for (const double dropout : {0.0, 0.1})
          for (const double padding : {0.0, 0.5}) {
            TrainingConfig config = with_heads(3, head_size);
            config.precision = precision;
            config.model.attention = attention;
            config.model.dropout = dropout;
            config.train.padding = padding;
            config.train.sequence = padding > 0.0 ? 21 : 33;
            if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
          }
}

TEST(HeadsGrid, FitsForOneHeadAndForTilesOfRows) {
  for (const std::int64_t head_size : {12, 72, 104, 136})
    for (const std::int64_t sequence : {1, 64, 129, 200})  // the longest lets flash split the keys
      for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        TrainingConfig config = with_heads(1, head_size);
        config.precision = precision;
        config.model.positions = 200;
        config.train.sequence = sequence;
        test::expect_nothing_left(test::kProgram, config);
        config.train.padding = 0.3;
        test::expect_nothing_left(test::kProgram, config);
      }
}

/// Flash attention that splits the keys of few heads, where what it works in is the peak: in a forward pass alone, and
/// in a block that runs again.
TEST(HeadsGrid, FitsForKeysThatFlashSplits) {
  for (const std::int64_t head_size : {16, 64, 80, 136, 256})
    for (const std::int64_t sequence : {64, 257, 600, 1000})
      for (const Task task : {Task::training, Task::inference}) {
        TrainingConfig config = with_heads(2, head_size);
        config.precision = Precision::bf16;
        config.model.attention = AttentionKind::flash;
        config.model.positions = 1000;
        config.train.sequence = sequence;
        config.train.batch_size = 1;
        config.task = task;
        if (task == Task::training) config.model.checkpointing = Checkpointing::block;
        if (!test::can_run(config)) continue;
        SCOPED_TRACE(workloads::to_yaml(config));
        const ModelComparison model = test::kProgram.observed(config).model;
        ASSERT_EQ(model.why_not, "");
        test::expect_nothing_left(model.peak, "peak, steady state");
        test::expect_nothing_left(model.first_step_peak, "peak, step 1");
      }
}

}  // namespace
}  // namespace profile_train
