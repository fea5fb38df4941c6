#include "workloads/checkpoint.h"

#include <gtest/gtest.h>

#include "tests/workloads/print_modes.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/autocast.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

TEST(Checkpoint, RunsAgainInBackwardAndDrawsTheSameRandomNumbers) {
  torch::manual_seed(5);
  const auto x = torch::ones({64}).requires_grad_();
  int runs = 0;
  const auto y = checkpoint(
      [&](const torch::Tensor& input) {
        ++runs;
        return torch::dropout(input, 0.5, true) * input;
      },
      x, true);
  const auto after_forward = torch::rand({3});
  EXPECT_EQ(runs, 1);
  y.sum().backward();
  EXPECT_EQ(runs, 2);
  // d(m·x²)/dx = 2m·x, and m·x² is the output itself where x is 1.
  EXPECT_TRUE(torch::equal(x.grad(), 2 * y.detach()));
  const auto after_backward = torch::rand({3});

  torch::manual_seed(5);
  torch::dropout(torch::ones({64}), 0.5, true);
  EXPECT_TRUE(torch::equal(torch::rand({3}), after_forward)) << "the second run leaves no trace in what is drawn later";
  EXPECT_TRUE(torch::equal(torch::rand({3}), after_backward));
}

TEST(Checkpoint, RestoresAutocastAsTheFirstRunHadIt) {
  auto weight = torch::ones({2, 2}).requires_grad_();
  std::vector<torch::ScalarType> types;
  torch::Tensor y;
  {
    const AutocastGuard autocast(torch::kCPU, torch::kBFloat16);
    y = checkpoint(
        [&](const torch::Tensor& x) {
          const auto product = torch::mm(x, weight);
          types.push_back(product.scalar_type());
          return product;
        },
        torch::ones({2, 2}).requires_grad_(), false);
  }
  y.sum().backward();
  EXPECT_EQ(types, (std::vector<torch::ScalarType>{torch::kBFloat16, torch::kBFloat16}));
  EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2, 2}, 2.0)));
}

// A cast that the first run made without gradients must not be found by what comes after it.
TEST(Checkpoint, LeavesNoCastWithoutGradientsBehind) {
  auto weight = torch::ones({2, 2}).requires_grad_();
  torch::Tensor y;
  {
    const AutocastGuard autocast(torch::kCPU, torch::kBFloat16);
    const auto x = checkpoint([&](const torch::Tensor& in) { return torch::mm(in, weight); },
                              torch::ones({2, 2}).requires_grad_(), false);
    y = torch::mm(x, weight);
  }
  y.sum().backward();
  // Two factors of the same weight: with W all ones, d/dW of sum(1·W·W) is 4 from each side.
  EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2, 2}, 8.0)));
}

class EveryCheckpointing : public testing::TestWithParam<std::tuple<Checkpointing, Precision>> {};

TEST_P(EveryCheckpointing, GivesTheGradientsThatPlainTrainingGives) {
  TrainingConfig config = tiny_config();
  config.precision = std::get<1>(GetParam());
  config.model.blocks = 4;
  config.model.dropout = 0.2;
  config.train.zero_grad_to_none = true;
  config.optimizer.kind = OptimizerKind::sgd;
  config.optimizer.learning_rate = 1.0;
  const auto trained = [&](Checkpointing checkpointing) {
    config.model.checkpointing = checkpointing;
    const auto trainer = std::move(*Trainer::create(config, nullptr));
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(trainer->step({}));
    return trainer->model().parameters();
  };
  const auto plain = trained(Checkpointing::none);
  const auto checkpointed = trained(std::get<0>(GetParam()));
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(torch::equal(plain[i], checkpointed[i])) << i;
}

/// The parameters after a step of 1 along the gradients.
std::vector<torch::Tensor> after_a_step(TrainingConfig config, Checkpointing checkpointing) {
  config.model.dropout = 0.2;
  config.model.checkpointing = checkpointing;
  config.optimizer.kind = OptimizerKind::sgd;
  config.optimizer.learning_rate = 1.0;
  const auto trainer = std::move(*Trainer::create(config, nullptr));
  EXPECT_TRUE(trainer->step({}));
  return trainer->model().parameters();
}

class CheckpointingOfFamily : public testing::TestWithParam<std::tuple<std::string, Checkpointing, Precision>> {};

// T5 has one block in its decoder: what the encoder made gets its gradient from one place, added up in one order.
TEST_P(CheckpointingOfFamily, GivesTheGradientsThatPlainTrainingGives) {
  const auto& [family, checkpointing, precision] = GetParam();
  TrainingConfig config = tiny_config();
  config.model.family = family;
  config.precision = precision;
  config.model.blocks = 3;
  config.model.decoder_blocks = config.model.family == "t5" ? 1 : 0;
  const auto plain = after_a_step(config, Checkpointing::none);
  const auto checkpointed = after_a_step(config, checkpointing);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(torch::equal(plain[i], checkpointed[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(Grid, CheckpointingOfFamily,
                         testing::Combine(testing::Values("bert", "t5"),
                                          testing::Values(Checkpointing::block, Checkpointing::every),
                                          testing::Values(Precision::fp32, Precision::autocast_bf16,
                                                          Precision::autocast_fp16, Precision::bf16,
                                                          Precision::bf16_master)),
                         test::name_of<CheckpointingOfFamily::ParamType>);

// With more, the parts of its gradient are added in another order: the last bit may differ, and nothing more.
TEST(Checkpoint, GivesGradientsThatDifferInRoundingWhereSeveralBlocksUseATensor) {
  TrainingConfig config = tiny_config();
  config.model.family = "t5";
  config.model.blocks = 2;
  config.model.decoder_blocks = 3;
  config.model.gated_feed_forward = true;
  const auto plain = after_a_step(config, Checkpointing::none);
  const auto checkpointed = after_a_step(config, Checkpointing::block);
  for (std::size_t i = 0; i < plain.size(); ++i)
    EXPECT_LT((plain[i] - checkpointed[i]).abs().max().item<float>(), 1e-6);
}

TEST(Checkpoint, GivesEachOfSeveralTensorsItsGradient) {
  const auto x = torch::full({3}, 2.0).requires_grad_(), y = torch::full({3}, 5.0).requires_grad_();
  const auto fixed = torch::full({3}, 7.0);
  const auto product = checkpoint([](const SeveralTensors& in) { return in[0] * in[1] * in[2]; }, {x, y, fixed}, false);
  product.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::full({3}, 35.0)));
  EXPECT_TRUE(torch::equal(y.grad(), torch::full({3}, 14.0)));
  EXPECT_FALSE(fixed.grad().defined());
}

INSTANTIATE_TEST_SUITE_P(
    Grid, EveryCheckpointing,
    testing::Combine(testing::Values(Checkpointing::block, Checkpointing::attention, Checkpointing::every),
                     testing::Values(Precision::fp32, Precision::autocast_bf16, Precision::autocast_fp16,
                                     Precision::bf16, Precision::bf16_master)),
    test::name_of<EveryCheckpointing::ParamType>);

}  // namespace
}  // namespace profile_train::workloads
