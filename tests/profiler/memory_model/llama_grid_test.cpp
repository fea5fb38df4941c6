// Llama on whatever device: 0 bytes of difference between prediction and observation, in every row.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

/// Two heads of queries for each head of keys and values; the head size is not H/a.
TrainingConfig tiny_llama() {
  TrainingConfig config = test::base(test::kProgram);
  config.model.family = "llama";
  config.model.kv_heads = 2;
  config.model.head_size = 16;
  config.model.feed_forward = 72;
  config.model.tied_head = false;
  return config;
}

TEST(LlamaGrid, FitsForEveryPrecisionAttentionAndCheckpointing) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const auto& checkpointing : kCheckpointings) {
        TrainingConfig config = tiny_llama();
        config.model.blocks = 3;
        config.precision = precision.mode;
        config.model.attention = attention.mode;
        config.model.checkpointing = checkpointing.mode;
        if (checkpointing.mode == Checkpointing::attention || !test::can_run(config)) continue;
        test::expect_nothing_left(test::kProgram, config);
      }
}

TEST(LlamaGrid, FitsForEveryWayToShareKeysAndValues) {
  for (const auto& attention : kAttentions)
    for (const auto precision : {Precision::fp32, Precision::autocast_bf16})
      for (const std::int64_t kv_heads : {1, 2, 4})
        for (const std::int64_t batch : {1, 3}) {
          TrainingConfig config = tiny_llama();
          config.precision = precision;
          config.model.attention = attention.mode;
          config.model.kv_heads = kv_heads;
          config.train.batch_size = batch;
          if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
        }
}

TEST(LlamaGrid, FitsForSeveralOptimizersAndWaysToHandleGradients) {
  for (const auto optimizer : {OptimizerKind::sgd, OptimizerKind::rmsprop, OptimizerKind::adafactor,
                               OptimizerKind::adamw_8bit, OptimizerKind::lamb})
    for (const bool tied : {true, false}) {
      TrainingConfig config = tiny_llama();
      config.optimizer.kind = optimizer;
      config.model.tied_head = tied;
      config.model.vocabulary = 3000;
      config.train.zero_grad_to_none = !tied;
      config.train.clip_norm = tied ? 1.0 : 0.0;
      config.train.accumulation = tied ? 2 : 1;
      test::expect_nothing_left(test::kProgram, config);
    }
}

TEST(LlamaGrid, FitsForTwoThreads) {
  TrainingConfig config = tiny_llama();
  config.train.threads = 2;
  config.model.attention = AttentionKind::materialised;  // of the flash kernel's scratch a part is a matter of timing
  for (const Precision precision : {Precision::fp32, Precision::autocast_bf16}) {
    config.precision = precision;
    test::expect_nothing_left(test::kProgram, config);
  }
}

/// A shape and the modes together.
TrainingConfig drawn_llama(std::uint32_t seed) {
  test::Draw draw(seed);
  TrainingConfig config = tiny_llama();
  config.precision = draw.from(kPrecisions).mode;
  config.model.attention = draw.from(kAttentions).mode;
  config.model.checkpointing = draw.from(kCheckpointings).mode;
  config.model.checkpoint_every = draw.one_of({2, 3});
  config.model.blocks = draw.one_of({1, 2, 3, 5});
  config.model.kv_heads = draw.one_of({1, 2, 3});
  config.model.heads = config.model.kv_heads * draw.one_of({1, 1, 2, 4});
  config.model.head_size = draw.one_of({8, 16, 40, 72});
  config.model.hidden = draw.one_of({24, 33, 64, 136});
  config.model.feed_forward = draw.one_of({7, 50, 96, 333});
  config.model.vocabulary = draw.one_of({256, 300, 1001, 5000});
  config.model.positions = 256;
  config.model.tied_head = draw.maybe();
  config.train.batch_size = draw.one_of({1, 2, 3});
  config.train.sequence = draw.one_of({2, 7, 33, 64, 200});
  config.train.accumulation = draw.one_of({1, 1, 2});
  config.train.clip_norm = draw.maybe() ? 1.0 : 0.0;
  config.train.zero_grad_to_none = draw.maybe();
  config.loss.hold_logits = draw.maybe();
  // In half precision the CPU's matrix library takes scratch for each chunk, and the peak is where that is high.
  const bool scratch_in_chunks = config.precision != Precision::fp32 && config.device == "cpu";
  if (!config.loss.hold_logits && draw.maybe() && !scratch_in_chunks)
    config.loss.chunk_rows = draw.one_of({1, 3, 16, 1000});
  const OptimizerNames& optimizer = draw.from(kOptimizers);
  config.optimizer.kind = optimizer.kind;
  config.optimizer.weight_decay = draw.maybe() ? 0.1 : 0.0;
  if (optimizer.momentum) config.optimizer.momentum = draw.maybe() ? 0.9 : 0.0;
  if (optimizer.centered) config.optimizer.centered = draw.maybe();
  if (optimizer.all_implementations)
    config.optimizer.implementation = draw.from(kOptimizerImplementations).implementation;
  config.scaler.initial_scale = 256.0;  // no gradient overflows: a step that was left out would have made no state
  return config;
}

TEST(LlamaGrid, FitsForShapesAndModesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 96; ++seed) {
    const TrainingConfig config = drawn_llama(seed);
    if (config.model.checkpointing == Checkpointing::attention || !test::can_run(config)) continue;
    if (!why_not_covered(workloads::setup_of(config)).empty()) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

}  // namespace
}  // namespace profile_train
