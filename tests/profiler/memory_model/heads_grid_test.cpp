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
    for (const std::int64_t sequence : {1, 64, 129})  // longer ones let flash split the keys
      for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        TrainingConfig config = with_heads(1, head_size);
        config.precision = precision;
        config.model.positions = 129;
        config.train.sequence = sequence;
        test::expect_nothing_left(test::kProgram, config);
        config.train.padding = 0.3;
        test::expect_nothing_left(test::kProgram, config);
      }
}

}  // namespace
}  // namespace profile_train
