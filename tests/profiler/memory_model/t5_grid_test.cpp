// T5 on whatever device: 0 bytes of difference between prediction and observation, in every row.

#include <gtest/gtest.h>

#include <string_view>

#include "program_grid.h"

namespace profile_train {
namespace {

using test::Draw;
using test::kProgram;
using workloads::TrainingConfig;

constexpr AttentionKind kWithBias[] = {AttentionKind::materialised, AttentionKind::sdpa, AttentionKind::math};
constexpr Checkpointing kBlockwise[] = {Checkpointing::none, Checkpointing::block, Checkpointing::every};

TrainingConfig t5() {
  TrainingConfig config = test::base(kProgram);
  config.model.family = "t5";
  return config;
}

class T5Modes : public testing::TestWithParam<double> {};

TEST_P(T5Modes, FitForEveryPrecisionAttentionAndCheckpointing) {
  for (const auto& precision : kPrecisions)
    for (const AttentionKind attention : kWithBias)
      for (const Checkpointing checkpointing : kBlockwise) {
        TrainingConfig config = t5();
        config.model.blocks = 3;
        config.model.decoder_blocks = 2;
        config.model.dropout = GetParam();
        config.precision = precision.mode;
        config.model.attention = attention;
        config.model.checkpointing = checkpointing;
        if (test::can_run(config)) test::expect_nothing_left(kProgram, config);
      }
}

INSTANTIATE_TEST_SUITE_P(Dropout, T5Modes, testing::Values(0.0, 0.1));

TEST(T5Grid, FitsForAGatedFeedForwardPartAndHeadsOfTheirOwnSize) {
  for (const bool gated : {true, false})
    for (const std::int64_t head_size : {0, 4, 24})
      for (const double dropout : {0.0, 0.1})
        for (const Precision precision : {Precision::fp32, Precision::autocast_bf16}) {
          TrainingConfig config = t5();
          config.model.gated_feed_forward = gated;
          config.model.head_size = head_size;
          config.model.dropout = dropout;
          config.model.tied_head = !gated;
          config.precision = precision;
          test::expect_nothing_left(kProgram, config);
        }
}

TEST(T5Grid, FitsForEveryWayToHandleGradientsAndLogits) {
  for (const bool to_none : {true, false})
    for (const bool hold : {true, false})
      for (const bool tied : {true, false})
        for (const std::int64_t accumulation : {1, 3}) {
          TrainingConfig config = t5();
          config.train.zero_grad_to_none = to_none;
          config.train.clip_norm = to_none ? 0.0 : 1.0;
          config.train.accumulation = accumulation;
          config.loss.hold_logits = hold;
          config.model.tied_head = tied;
          test::expect_nothing_left(kProgram, config);
        }
}

/// Rows of the bias that are whole for CUDA's kernel, and rows that are not; one head, one sequence.
TEST(T5Grid, FitsWhateverTheLengthOfTheBias) {
  for (const std::int64_t sequence : {2, 8, 13, 16, 33, 48})
    for (const std::int64_t batch : {1, 3})
      for (const std::int64_t heads : {1, 4})
        for (const Precision precision : {Precision::fp32, Precision::autocast_fp16, Precision::bf16}) {
          TrainingConfig config = t5();
          config.train.sequence = sequence;
          config.train.batch_size = batch;
          config.model.heads = heads;
          config.precision = precision;
          test::expect_nothing_left(kProgram, config);
        }
}

TrainingConfig drawn(std::uint32_t seed) {
  TrainingConfig config = test::drawn_with_modes(kProgram, seed);
  Draw draw(seed);
  config.model.family = "t5";
  config.model.attention = draw.from(kWithBias);
  config.model.checkpointing = draw.from(kBlockwise);
  config.model.decoder_blocks = draw.one_of({0, 1, 3});
  config.model.head_size = draw.one_of({0, 8, 24});
  config.model.gated_feed_forward = draw.maybe();
  // With more than 3,072 distances CUDA sorts them in scratch that depends on the card and on the ids.
  if (std::string_view(kProgram.device) == "cuda") config.train.sequence = draw.one_of({2, 7, 24, 33, 55});
  return config;
}

TEST(T5Grid, FitsForShapesAndModesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 2001; compared < 24; ++seed) {
    const TrainingConfig config = drawn(seed);
    if (!test::can_run(config) || !why_not_covered(workloads::setup_of(config)).empty()) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(kProgram, config);
    ++compared;
  }
}

}  // namespace
}  // namespace profile_train
