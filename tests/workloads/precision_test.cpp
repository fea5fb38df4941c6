#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/workloads/print_modes.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/autocast.h"
#include "workloads/master_weights.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

std::unique_ptr<Trainer> make_trainer(const TrainingConfig& config) {
  auto trainer = Trainer::create(config, nullptr);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

class EveryPrecision : public testing::TestWithParam<Precision> {};

TEST_P(EveryPrecision, LearnsTheText) {
  TrainingConfig config = tiny_config();
  config.precision = GetParam();
  config.optimizer.learning_rate = 3e-3;
  const auto trainer = make_trainer(config);
  std::vector<double> losses;
  for (int i = 0; i < 30; ++i) {
    const auto report = trainer->step({});
    ASSERT_TRUE(report && *report);
    losses.push_back((*report)->loss);
  }
  EXPECT_NEAR(losses.front(), std::log(256.0), 0.1) << "it begins with a guess";
  EXPECT_LT(std::accumulate(losses.end() - 5, losses.end(), 0.0) / 5, 3.8);
}

TEST_P(EveryPrecision, KeepsWeightsAndGradientsInItsOwn) {
  TrainingConfig config = tiny_config();
  config.precision = GetParam();
  config.train.zero_grad_to_none = false;
  const auto trainer = make_trainer(config);
  trainer->step({});
  const bool half = GetParam() == Precision::bf16 || GetParam() == Precision::bf16_master;
  for (const auto& parameter : trainer->model().parameters()) {
    EXPECT_EQ(parameter.scalar_type(), half ? torch::kBFloat16 : torch::kFloat32);
    EXPECT_EQ(parameter.grad().scalar_type(), parameter.scalar_type());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryPrecision,
                         testing::Values(Precision::fp32, Precision::autocast_bf16, Precision::autocast_fp16,
                                         Precision::bf16, Precision::bf16_master),
                         test::name_of<EveryPrecision::ParamType>);

TEST(Autocast, MultipliesInHalfPrecisionWhileItsGuardLives) {
  const auto x = torch::ones({2, 2});
  const auto type_of_product = [&] { return torch::mm(x, x).scalar_type(); };
  EXPECT_EQ(type_of_product(), torch::kFloat32);
  {
    const AutocastGuard outer(torch::kCPU, torch::kBFloat16);
    EXPECT_EQ(type_of_product(), torch::kBFloat16);
    {
      const AutocastGuard inner(torch::kCPU, std::nullopt);
      EXPECT_EQ(type_of_product(), torch::kFloat32);
    }
    EXPECT_EQ(type_of_product(), torch::kBFloat16);
  }
  EXPECT_EQ(type_of_product(), torch::kFloat32);
}

TEST(Autocast, ForgetsItsCastsWhenTheOutermostGuardGoes) {
  auto weight = torch::ones({2, 2}).requires_grad_();
  const auto x = torch::ones({2, 2});
  const auto product = [&] {
    const AutocastGuard guard(torch::kCPU, torch::kBFloat16);
    return torch::mm(x, weight).sum().item<double>();
  };
  EXPECT_EQ(product(), 8.0);
  {
    const torch::NoGradGuard no_grad;
    weight.fill_(2.0);  // as an optimizer does, in place
  }
  EXPECT_EQ(product(), 16.0) << "a cast from before the update would have given 8";
}

TEST(MasterWeights, AddUpWhatHalfPrecisionWouldRoundAway) {
  torch::nn::Module model;
  const auto weight = model.register_parameter("weight", torch::ones({1}, torch::kBFloat16));
  MasterWeights masters(model);
  const double step = 1.0 / 1024;  // below half of bf16's distance between numbers at 1, which is 1/128
  for (int i = 0; i < 8; ++i) {
    weight.mutable_grad() = torch::full({1}, -step, torch::kBFloat16);
    masters.take_gradients(true);
    EXPECT_FALSE(weight.grad().defined());
    const torch::NoGradGuard no_grad;
    masters.tensors()[0].sub_(masters.tensors()[0].grad());
    masters.write_back();
    masters.release_gradients();
  }
  EXPECT_EQ(masters.tensors()[0].item<double>(), 1.0 + 8 * step);
  EXPECT_EQ(weight.item<double>(), 1.0 + 8 * step) << "eight of them are one of bf16's distances";
}

}  // namespace
}  // namespace profile_train::workloads
