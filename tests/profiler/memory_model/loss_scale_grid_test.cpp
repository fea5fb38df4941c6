// Steps that the loss scaler leaves out, on whatever device: 0 bytes of difference between prediction and observation,
// in every row. A simulated card computes no gradients that could overflow; there every step is made.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TrainingConfig scaled_by(double scale, double backoff) {
  TrainingConfig config = test::base(test::kProgram);
  config.precision = Precision::autocast_fp16;
  config.scaler.initial_scale = scale;
  config.scaler.backoff_factor = backoff;
  config.model.vocabulary = 5000;  // a large table and few tokens: the optimizer's step is the peak where it is made
  config.train.batch_size = 1;
  config.train.sequence = 4;
  return config;
}

bool left_out(const TrainingConfig& config, std::int32_t step) {
  const Summary summary = test::kProgram.observed(config);
  const ModelInstant& instant = step == 1 ? summary.model.first_step_peak : summary.model.peak;
  return instant.observed_phase != Phase::optimizer_step;
}

TEST(LossScaleGrid, FitsWhereEveryStepIsLeftOut) {
  const TrainingConfig config = scaled_by(1e37, 0.5);
  if (config.device == "cpu") {
    EXPECT_TRUE(left_out(config, 1));
    EXPECT_TRUE(left_out(config, 2));
  }
  test::expect_nothing_left(test::kProgram, config);
}

TEST(LossScaleGrid, FitsWhereTheFirstStepAloneIsLeftOut) {
  TrainingConfig config = scaled_by(1e37, 1e-36);
  if (config.device == "cpu") {
    EXPECT_TRUE(left_out(config, 1));
    EXPECT_FALSE(left_out(config, 2));  // whose update makes the state
  }
  test::expect_nothing_left(test::kProgram, config);
  config.train.steps = 3;
  config.train.clip_norm = 1.0;
  test::expect_nothing_left(test::kProgram, config);
}

TEST(LossScaleGrid, FitsWhereTheLastStepAloneIsLeftOut) {
  TrainingConfig config = scaled_by(4.0, 0.5);
  config.scaler.growth_interval = 1;
  config.scaler.growth_factor = 1e36;
  if (config.device == "cpu") {
    EXPECT_FALSE(left_out(config, 1));
    EXPECT_TRUE(left_out(config, 2));
  }
  test::expect_nothing_left(test::kProgram, config);
}

}  // namespace
}  // namespace profile_train
