// Runs the real program and asks for 0 bytes of difference between prediction and observation, in every row.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "program_grid.h"
#include "tests/workloads/temporary_folder.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

Summary observed(const TrainingConfig& config) {
  const workloads::TemporaryFolder folder;
  SessionOptions options;
  options.trace_path = folder.path("trace.ptrace");
  options.setup = workloads::setup_of(config);
  {
    Session session(options);
    const auto outcome = workloads::train(config, &session, {});
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    session.stop();
  }
  Result<Trace> trace = read_trace(options.trace_path);
  if (!trace) ADD_FAILURE() << trace.error().message;
  return analyse(std::move(*trace)).summary;
}

constexpr test::ProgramUnderTest kProgram{"cpu", observed};

TEST(RealProgram, FitsForEveryAttentionDropoutAndOptimizer) {
  test::fits_every_attention_dropout_and_optimizer(kProgram);
}
TEST(RealProgram, FitsForEveryWayToHandleGradientsAndLogits) {
  test::fits_every_way_to_handle_gradients_and_logits(kProgram);
}
TEST(RealProgram, FitsForALossInChunks) { test::fits_a_loss_in_chunks(kProgram); }
TEST(RealProgram, FitsForEveryOptimizer) { test::fits_every_optimizer(kProgram); }
TEST(RealProgram, FitsForShapesDrawnAtRandom) { test::fits_shapes_drawn_at_random(kProgram); }
TEST(RealProgram, FitsForEveryPrecisionAttentionAndCheckpointing) { test::fits_every_mode(kProgram, 0.0); }
TEST(RealProgram, FitsForEveryPrecisionAttentionAndCheckpointingWithDropout) { test::fits_every_mode(kProgram, 0.1); }
TEST(RealProgram, FitsForShapesAndModesDrawnAtRandom) { test::fits_shapes_and_modes_drawn_at_random(kProgram); }

TEST(RealProgram, FitsForTwoThreadsWhoseKernelsKeepTwiceTheScratch) {
  TrainingConfig config = test::base(kProgram);
  config.train.threads = 2;
  config.model.attention = AttentionKind::materialised;  // of the flash kernel's scratch a part is a matter of timing
  test::expect_nothing_left(kProgram, config);
}

TEST(RealProgram, FitsWhereverThePeakIs) {
  TrainingConfig config = test::base(kProgram);
  config.model.vocabulary = 5000;  // a large table and few tokens
  config.train.batch_size = 1;
  config.train.sequence = 4;
  const ModelComparison few_tokens = observed(config).model;
  EXPECT_EQ(few_tokens.peak.observed_phase, Phase::optimizer_step);
  EXPECT_EQ(few_tokens.first_step_peak.observed_phase, Phase::optimizer_step);
  test::expect_nothing_left(kProgram, config);

  config.optimizer.kind = OptimizerKind::sgd;  // which needs no temporaries
  EXPECT_EQ(observed(config).model.peak.where, "backward: sum of the tied head's gradients");
  test::expect_nothing_left(kProgram, config);

  config = test::base(kProgram);
  config.model.attention = AttentionKind::materialised;
  config.model.hidden = config.model.heads = 8;  // many scores, A = 4·Nl
  config.model.positions = config.train.sequence = 128;
  config.model.blocks = 1;
  EXPECT_THAT(observed(config).model.peak.where, testing::HasSubstr("SoftmaxBackward0 of transformer.h.0.attn"));
  test::expect_nothing_left(kProgram, config);

  config = test::base(kProgram);
  config.model.vocabulary = 3000;  // many letters, many tokens
  EXPECT_EQ(observed(config).model.peak.where, "backward: logits spike");
  test::expect_nothing_left(kProgram, config);
}

}  // namespace
}  // namespace profile_train
