// Sequences that end in padding, on whatever device: 0 bytes of difference between prediction and observation.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TrainingConfig padded(const TrainingConfig& whole) {
  TrainingConfig config = whole;
  config.train.padding = 0.5;
  return config;
}

TEST(PaddingGrid, FitsInEveryPrecisionWithEveryAttention) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const double dropout : {0.0, 0.1})
        for (const std::int64_t sequence : {24, 33}) {  // with rows of a mask that are whole, and that are not
          TrainingConfig config = padded(test::base(test::kProgram));
          config.precision = precision.mode;
          config.model.attention = attention.mode;
          config.model.dropout = dropout;
          config.train.sequence = sequence;
          if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
        }
}

TEST(PaddingGrid, FitsWithEveryCheckpointing) {
  for (const auto& checkpointing : kCheckpointings)
    for (const auto& attention : kAttentions)
      for (const Precision precision : {Precision::fp32, Precision::autocast_bf16}) {
        TrainingConfig config = padded(test::base(test::kProgram));
        config.model.blocks = 3;
        config.model.checkpointing = checkpointing.mode;
        config.model.attention = attention.mode;
        config.precision = precision;
        config.train.batch_size = 3;
        config.train.sequence = 19;
        if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
      }
}

TEST(PaddingGrid, FitsInLlama) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const Checkpointing checkpointing : {Checkpointing::none, Checkpointing::every})
        for (const std::int64_t head_size : {8, 12}) {
          TrainingConfig config = padded(test::base(test::kProgram));
          config.model.family = "llama";
          config.model.blocks = 3;
          config.model.kv_heads = 2;
          config.model.head_size = head_size;
          config.model.attention = attention.mode;
          config.model.checkpointing = checkpointing;
          config.precision = precision.mode;
          config.train.batch_size = 3;
          config.train.sequence = 19;
          config.loss.chunk_rows = checkpointing == Checkpointing::every ? 20 : 0;
          if (!test::can_run(config)) continue;
          test::expect_nothing_left(test::kProgram, config);
          config.train.padding = 0.0;
          test::expect_nothing_left(test::kProgram, config);
        }
}

TEST(PaddingGrid, FitsInBert) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const Checkpointing checkpointing : {Checkpointing::none, Checkpointing::every})
        for (const double dropout : {0.0, 0.1}) {
          TrainingConfig config = padded(test::base(test::kProgram));
          config.model.family = "bert";
          config.model.blocks = 3;
          config.model.dropout = dropout;
          config.model.attention = attention.mode;
          config.model.checkpointing = checkpointing;
          config.precision = precision.mode;
          config.scaler.initial_scale = 16.0;
          config.train.sequence = dropout > 0.0 ? 24 : 19;
          if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
        }
}

TEST(PaddingGrid, FitsWithALossInChunks) {
  for (const auto& precision : kPrecisions)
    for (const std::int64_t rows : {1, 50, 1000}) {
      TrainingConfig config = padded(test::base(test::kProgram));
      config.precision = precision.mode;
      config.loss.chunk_rows = rows;
      config.model.vocabulary = 3000;
      config.train.accumulation = 2;
      test::expect_nothing_left(test::kProgram, config);
    }
}

TEST(PaddingGrid, FitsForShapesAndModesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 32; ++seed) {
    TrainingConfig config = padded(test::drawn_with_modes(test::kProgram, seed));
    test::Draw draw(seed);
    config.train.padding = draw.maybe() ? 0.1 : 0.9;
    if (!config.loss.hold_logits && draw.maybe()) config.loss.chunk_rows = draw.one_of({1, 3, 16, 1000});
    config.scaler.initial_scale = 16.0;  // no step is left out because gradients of few tokens overflow
    if (!test::can_run(config)) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

}  // namespace
}  // namespace profile_train
