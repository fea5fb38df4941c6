// Every optimizer against LibTorch's own or against a plain account of its formula in double precision.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>

#include "hooks/visible_state.h"
#include "tests/workloads/print_modes.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/optimizer.h"
#include "workloads/optimizers/quantised_blocks.h"
#include "workloads/train.h"

namespace profile_train::workloads {
namespace {

using torch::Tensor;

OptimizerConfig config_of(OptimizerKind kind, OptimizerImplementation implementation = OptimizerImplementation::loop) {
  OptimizerConfig config;
  config.kind = kind;
  config.implementation = implementation;
  config.learning_rate = 0.01;
  config.weight_decay = 0.1;
  config.betas = {0.8, 0.95};
  return config;
}

/// A matrix, a vector and a parameter that never gets a gradient, all in double precision so that only the formula
/// counts.
std::vector<Tensor> parameters(at::ScalarType type = torch::kFloat64) {
  torch::manual_seed(3);
  std::vector<Tensor> all = {torch::randn({5, 7}).to(type), torch::randn({7}).to(type), torch::ones({2}).to(type)};
  for (Tensor& each : all) each.requires_grad_();
  return all;
}

Tensor gradient_of(const Tensor& parameter, int step) {
  torch::manual_seed(static_cast<std::uint64_t>(100 * step + parameter.dim()));
  return torch::randn(parameter.sizes()).to(parameter.scalar_type());
}

constexpr int kSteps = 4;

/// The parameters after some steps; the last one is left out.
std::vector<Tensor> trained(torch::optim::Optimizer& optimizer, const std::vector<Tensor>& start) {
  for (int step = 1; step <= kSteps; ++step) {
    for (std::size_t i = 0; i + 1 < start.size(); ++i) start[i].mutable_grad() = gradient_of(start[i], step);
    optimizer.step();
  }
  return start;
}
std::vector<Tensor> trained(const OptimizerConfig& config) {
  const auto start = parameters();
  const auto optimizer = make_optimizer(config, start);
  return trained(*optimizer, start);
}

void expect_same(const std::vector<Tensor>& one, const std::vector<Tensor>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_LT((one[i] - other[i]).abs().max().item<double>(), 1e-9) << "parameter " << i;
  EXPECT_TRUE(one.back().eq(1.0).all().item<bool>()) << "no gradient, no update";
}

TEST(Optimizers, ForeachAndFusedAdamDoWhatLibTorchsLoopDoes) {
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw}) {
    const auto loop = trained(config_of(kind));
    expect_same(trained(config_of(kind, OptimizerImplementation::foreach)), loop);
    expect_same(trained(config_of(kind, OptimizerImplementation::fused)), loop);
  }
}

TEST(Optimizers, LibTorchsOwnGetTheOptionsOfTheConfiguration) {
  const auto sgd = parameters(), rmsprop = parameters();
  OptimizerConfig config = config_of(OptimizerKind::sgd);
  config.momentum = 0.5;
  torch::optim::SGD expected_sgd(sgd, torch::optim::SGDOptions(0.01).momentum(0.5).weight_decay(0.1));
  expect_same(trained(config), trained(expected_sgd, sgd));

  config.kind = OptimizerKind::rmsprop;
  config.centered = true;
  torch::optim::RMSprop expected(rmsprop,
                                 torch::optim::RMSpropOptions(0.01).momentum(0.5).centered(true).weight_decay(0.1));
  expect_same(trained(config), trained(expected, rmsprop));
}

/// A formula applied number by number: `update` gets a parameter, its gradient and two tensors of its own, all (n).
using Formula =
    std::function<Tensor(const Tensor& parameter, const Tensor& gradient, std::vector<Tensor>& own, int step)>;

std::vector<Tensor> computed(const Formula& formula) {
  auto all = parameters();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    std::vector<Tensor> own;
    for (int step = 1; step <= kSteps; ++step) {
      const torch::NoGradGuard no_gradients;
      all[i] = formula(all[i], gradient_of(all[i], step), own, step);
    }
  }
  return all;
}

TEST(Optimizers, LambIsAdamWithAStepAsLongAsTheParameter) {
  const OptimizerConfig config = config_of(OptimizerKind::lamb);
  expect_same(trained(config), computed([&](const Tensor& p, const Tensor& g, std::vector<Tensor>& own, int step) {
                if (own.empty()) own = {torch::zeros_like(p), torch::zeros_like(p)};
                own[0] = 0.8 * own[0] + 0.2 * g;
                own[1] = 0.95 * own[1] + 0.05 * g * g;
                const Tensor mean = own[0] / (1.0 - std::pow(0.8, step)),
                             square = own[1] / (1.0 - std::pow(0.95, step));
                const Tensor direction = mean / (square.sqrt() + 1e-6) + 0.1 * p;
                return p - 0.01 * p.norm() / direction.norm() * direction;
              }));
}

TEST(Optimizers, LambMovesAParameterOfZeros) {
  const auto zeros = torch::zeros({3}).requires_grad_();
  const auto optimizer = make_optimizer(config_of(OptimizerKind::lamb), {zeros});
  zeros.mutable_grad() = torch::tensor({1.0F, -2.0F, 3.0F});
  optimizer->step();
  EXPECT_NEAR(zeros[1].item<double>(), 0.01, 1e-6);
}

TEST(Optimizers, AdafactorTakesTheProductOfRowAndColumnMeans) {
  OptimizerConfig config = config_of(OptimizerKind::adafactor);
  expect_same(trained(config), computed([&](const Tensor& p, const Tensor& g, std::vector<Tensor>& own, int step) {
                const double forget = std::pow(step, -0.8), rate = std::min(0.01, 1.0 / std::sqrt(step));
                const auto rms = [](const Tensor& x) { return x.pow(2).mean().sqrt().item<double>(); };
                const double scale = std::max(rms(p), 1e-3) * rate;
                const auto moved = [&](std::size_t i, const Tensor& to) {
                  if (own.size() == i) own.push_back(torch::zeros_like(to));
                  own[i] = (1.0 - forget) * own[i] + forget * to;
                  return own[i];
                };
                Tensor square;
                if (p.dim() == 2) {
                  const Tensor row = moved(0, (g * g).mean(1)), column = moved(1, (g * g).mean(0));
                  square = torch::outer(row, column) / row.mean();
                } else {
                  square = moved(0, g * g);
                }
                const Tensor update = g / square.sqrt();
                return p * (1.0 - 0.01 * 0.1) - scale * update / std::max(1.0, rms(update));
              }));
}

// ---- 8-bit AdamW

TEST(QuantisedBlocks, KeepValuesToAFewPercentAndZeroExactly) {
  for (const bool is_signed : {true, false}) {
    const Tensor values = QuantisedBlocks::values(is_signed), borders = QuantisedBlocks::borders(values);
    ASSERT_EQ(values.numel(), 256);
    EXPECT_EQ(values[QuantisedBlocks::code_of_zero(is_signed)].item<float>(), 0.0F);
    EXPECT_TRUE((values.narrow(0, 1, 255) > values.narrow(0, 0, 255)).all().item<bool>()) << "no value is there twice";

    torch::manual_seed(5);
    Tensor numbers =
        torch::rand({4 * 256}) * torch::logspace(-3, 3, 4).repeat_interleave(256);  // a scale for each block
    if (is_signed) numbers *= torch::randint(2, {4 * 256}) * 2 - 1;
    numbers[7] = 0.0;
    QuantisedBlocks blocks(torch::zeros({4 * 256}, torch::kUInt8), torch::zeros({4}));
    blocks.write(0, numbers, borders);
    const Tensor read = blocks.read(0, 4, values);
    EXPECT_EQ(read[7].item<float>(), 0.0F);
    const Tensor largest = numbers.abs().view({4, 256}).amax(1, true).expand({4, 256}).reshape({-1});
    const Tensor relative = ((read - numbers) / numbers).abs();
    const Tensor in_upper_decade = numbers.abs() > 0.1 * largest;
    EXPECT_LE(relative.masked_select(in_upper_decade).max().item<double>(), is_signed ? 0.07 : 0.04);
    EXPECT_LE(((read - numbers).abs() / largest).max().item<double>(), 0.01) << "nothing is off by more of the largest";
  }
}

TEST(QuantisedBlocks, WriteOnlyTheBlocksTheyAreGiven) {
  const Tensor values = QuantisedBlocks::values(true), borders = QuantisedBlocks::borders(values);
  QuantisedBlocks blocks(torch::full({2 * 256}, QuantisedBlocks::code_of_zero(true), torch::kUInt8), torch::ones({2}));
  blocks.write(1, torch::full({256}, 5.0), borders);
  EXPECT_TRUE(blocks.read(0, 1, values).eq(0.0).all().item<bool>());
  EXPECT_TRUE(blocks.read(1, 1, values).eq(5.0).all().item<bool>());
}

/// How far the 8-bit optimizer strays, as a share of the way that AdamW goes. Stated: 5 %.
TEST(Optimizers, AdamW8bitGoesWhereAdamWGoes) {
  const auto walked = [](OptimizerKind kind) {
    torch::manual_seed(11);
    const Tensor weight = torch::randn({96, 100}).requires_grad_();  // 9,600 numbers: 37 blocks and a half
    const Tensor start = weight.detach().clone();
    const Tensor target = torch::randn({96, 100});
    OptimizerConfig config = config_of(kind);
    config.betas = {0.9, 0.999};
    const auto optimizer = make_optimizer(config, {weight});
    for (int step = 0; step < 60; ++step) {
      weight.mutable_grad() = (weight.detach() - target) * (0.5 + torch::rand({96, 100}));
      optimizer->step();
    }
    return std::pair(weight.detach() - start, start);
  };
  const Tensor exact = walked(OptimizerKind::adamw).first, rounded = walked(OptimizerKind::adamw_8bit).first;
  const double off = ((rounded - exact).norm() / exact.norm()).item<double>();
  EXPECT_LT(off, 0.05);
  EXPECT_GT(off, 1e-5) << "the state is in 8 bits";
}

TEST(Optimizers, AdamW8bitIsAdamWWhereTheParameterIsSmall) {
  const auto loop = trained(config_of(OptimizerKind::adamw));
  const auto start = parameters();
  const auto optimizer = make_optimizer(config_of(OptimizerKind::adamw_8bit), start);
  expect_same(trained(*optimizer, start), loop);
}

/// Bytes of state that a session can see, each storage once.
std::int64_t state_bytes(const torch::optim::Optimizer& optimizer) {
  std::map<const void*, std::int64_t> storages;
  for (const auto& [parameter, state] : optimizer.state())
    if (const auto* visible = dynamic_cast<const VisibleState*>(state.get()))
      visible->for_each_tensor([&](std::string_view, const Tensor& tensor) {
        storages[tensor.storage().data()] = static_cast<std::int64_t>(tensor.storage().nbytes());
      });
  std::int64_t sum = 0;
  for (const auto& [address, bytes] : storages) sum += bytes;
  return sum;
}

TEST(Optimizers, KeepAsManyBytesAsTheirFormulaSays) {
  const auto bytes_of = [](OptimizerKind kind, OptimizerImplementation implementation) {
    const Tensor matrix = torch::ones({100, 96}).requires_grad_(), vector = torch::ones({96}).requires_grad_();
    const auto optimizer = make_optimizer(config_of(kind, implementation), {matrix, vector});
    matrix.mutable_grad() = torch::ones({100, 96});
    vector.mutable_grad() = torch::ones({96});
    optimizer->step();
    return state_bytes(*optimizer);
  };
  using enum OptimizerImplementation;
  EXPECT_EQ(bytes_of(OptimizerKind::adamw, foreach), 8 * (9600 + 96));
  EXPECT_EQ(bytes_of(OptimizerKind::adamw, fused), 8 * (9600 + 96) + 4 * 2) << "and a counter each";
  EXPECT_EQ(bytes_of(OptimizerKind::lamb, loop), 8 * (9600 + 96));
  EXPECT_EQ(bytes_of(OptimizerKind::adafactor, loop), 4 * (100 + 96) + 4 * 96);
  EXPECT_EQ(bytes_of(OptimizerKind::adamw_8bit, loop), 520 * 38 + 8 * 96 + 2 * 4 * (256 + 255)) << "and the tables";
}

/// Every optimizer on a real model: the loss must fall.
class Trains : public testing::TestWithParam<std::pair<OptimizerKind, OptimizerImplementation>> {};

TEST_P(Trains, TheLossFalls) {
  TrainingConfig config = tiny_config();
  config.train.steps = 30;
  config.optimizer.kind = GetParam().first;
  config.optimizer.implementation = GetParam().second;
  const bool sgd = config.optimizer.kind == OptimizerKind::sgd;
  const bool relative =  // to the length of the parameter
      config.optimizer.kind == OptimizerKind::adafactor || config.optimizer.kind == OptimizerKind::lamb;
  config.optimizer.learning_rate = sgd ? 0.5 : relative ? 0.1 : 3e-3;
  const auto outcome = train(config, nullptr, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
}

using enum OptimizerImplementation;
INSTANTIATE_TEST_SUITE_P(
    All, Trains,
    testing::Values(std::pair(OptimizerKind::sgd, loop), std::pair(OptimizerKind::adam, loop),
                    std::pair(OptimizerKind::adamw, loop), std::pair(OptimizerKind::adamw, foreach),
                    std::pair(OptimizerKind::adamw, fused), std::pair(OptimizerKind::rmsprop, loop),
                    std::pair(OptimizerKind::adafactor, loop), std::pair(OptimizerKind::lamb, loop),
                    std::pair(OptimizerKind::adamw_8bit, loop)),
    test::name_of<Trains::ParamType>);

TEST(Optimizers, AdamW8bitLearnsAsFastAsAdamW) {
  TrainingConfig config = tiny_config();
  config.model.hidden = 64;  // matrices of 4,096 numbers and more are quantised
  config.train.steps = 40;
  config.optimizer.learning_rate = 3e-3;
  const auto exact = train(config, nullptr, {});
  config.optimizer.kind = OptimizerKind::adamw_8bit;
  const auto rounded = train(config, nullptr, {});
  ASSERT_TRUE(exact && rounded);
  EXPECT_NEAR(rounded->steps.back().loss, exact->steps.back().loss, 0.02 * exact->steps.back().loss);
  EXPECT_NE(rounded->steps.back().loss, exact->steps.back().loss);
}

}  // namespace
}  // namespace profile_train::workloads
