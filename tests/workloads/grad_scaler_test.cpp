#include "workloads/grad_scaler.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/workloads/tiny_config.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

/// One number with a gradient, as backward of a scaled loss would leave it.
torch::Tensor with_gradient(double gradient) {
  auto parameter = torch::zeros({1}).requires_grad_();
  parameter.mutable_grad() = torch::full({1}, gradient);
  return parameter;
}

ScalerConfig short_interval() {
  ScalerConfig config;
  config.initial_scale = 8.0;
  config.growth_interval = 3;
  return config;
}

TEST(GradScaler, DividesGradientsByTheScaleThatMultipliedTheLoss) {
  GradScaler scaler(short_interval(), torch::kCPU);
  EXPECT_EQ(scaler.scale(torch::full({}, 0.5)).item<double>(), 4.0);
  const auto parameter = with_gradient(16.0);
  EXPECT_TRUE(scaler.unscale({parameter, torch::zeros({1})}))
      << "a parameter without a gradient is none of its business";
  EXPECT_EQ(parameter.grad().item<double>(), 2.0);
}

TEST(GradScaler, GrowsAfterAnIntervalOfFiniteSteps) {
  GradScaler scaler(short_interval(), torch::kCPU);
  std::vector<double> scales;
  for (int step = 0; step < 7; ++step) {
    scales.push_back(scaler.current());
    scaler.unscale({with_gradient(1.0)});
    scaler.update();
  }
  EXPECT_EQ(scales, (std::vector<double>{8, 8, 8, 16, 16, 16, 32}));
}

TEST(GradScaler, BacksOffAtOnceAndBeginsToCountAgain) {
  GradScaler scaler(short_interval(), torch::kCPU);
  const double infinite = std::numeric_limits<double>::infinity();
  const double no_number = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> scales;
  for (const double gradient : {1.0, 1.0, infinite, 1.0, 1.0, no_number, 1.0, 1.0, 1.0, 1.0}) {
    scales.push_back(scaler.current());
    EXPECT_EQ(scaler.unscale({with_gradient(1.0), with_gradient(gradient)}), gradient == 1.0);
    scaler.update();
  }
  EXPECT_EQ(scales, (std::vector<double>{8, 8, 8, 4, 4, 4, 2, 2, 2, 4}));
}

TEST(GradScaler, AStepWhoseGradientsOverflowedChangesNoWeight) {
  TrainingConfig config = tiny_config();
  config.precision = Precision::autocast_fp16;
  config.scaler.initial_scale = 1e30;  // overflows fp16 in the first step, and in many after it
  const auto trainer = std::move(*Trainer::create(config, nullptr));
  const auto weight = trainer->model().parameters()[0];
  const auto before = weight.detach().clone();
  const auto report = trainer->step({});
  ASSERT_TRUE(report && *report);
  EXPECT_TRUE((*report)->update_skipped);
  EXPECT_TRUE(torch::equal(weight, before));
  EXPECT_FLOAT_EQ(static_cast<float>((*report)->loss_scale.value()), 1e30F);
  const auto next = trainer->step({});
  EXPECT_FLOAT_EQ(static_cast<float>((*next)->loss_scale.value()), 0.5e30F);
}

}  // namespace
}  // namespace profile_train::workloads
