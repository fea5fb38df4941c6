#include "workloads/trainer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/workloads/tiny_config.h"

namespace profile_train::workloads {
namespace {

std::unique_ptr<Trainer> make_trainer(const TrainingConfig& config) {
  auto trainer = Trainer::create(config, nullptr);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

StepReport step(Trainer& trainer) {
  const auto report = trainer.step({});
  EXPECT_TRUE(report && *report);
  return **report;
}

std::vector<torch::Tensor> copy_of_parameters(Trainer& trainer) {
  std::vector<torch::Tensor> copies;
  for (const auto& parameter : trainer.model().parameters()) copies.push_back(parameter.detach().clone());
  return copies;
}

double distance(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  double squares = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]).to(torch::kDouble).square().sum().item<double>();
  return std::sqrt(squares);
}

/// Plain gradient descent with rate 1: after one step, every parameter has moved by its gradient.
TrainingConfig descent() {
  TrainingConfig config = tiny_config();
  config.optimizer.kind = OptimizerKind::sgd;
  config.optimizer.learning_rate = 1.0;
  return config;
}

TEST(Trainer, TwoMicroBatchesGiveTheGradientOfOneBatchTwiceAsLarge) {
  TrainingConfig whole = descent();
  whole.train.batch_size = 8;
  TrainingConfig halves = descent();
  halves.train.batch_size = 4;
  halves.train.accumulation = 2;

  const auto one = make_trainer(whole);
  const auto two = make_trainer(halves);
  const auto start = copy_of_parameters(*one);
  ASSERT_EQ(distance(start, copy_of_parameters(*two)), 0.0) << "same seed, same start";
  const double loss_of_one = step(*one).loss;
  const double loss_of_two = step(*two).loss;

  EXPECT_NEAR(loss_of_one, loss_of_two, 1e-5);
  const double moved = distance(start, copy_of_parameters(*one));
  EXPECT_GT(moved, 0.1);
  EXPECT_LT(distance(copy_of_parameters(*one), copy_of_parameters(*two)), 1e-5 * moved);
}

TEST(Trainer, ClippingLimitsTheLengthOfTheStep) {
  const auto free = make_trainer(descent());
  const auto start = copy_of_parameters(*free);
  EXPECT_EQ(step(*free).gradient_norm, std::nullopt);
  const double norm = distance(start, copy_of_parameters(*free));
  ASSERT_GT(norm, 0.5);

  TrainingConfig config = descent();
  config.train.clip_norm = 0.25;
  const auto clipped = make_trainer(config);
  const auto report = step(*clipped);
  ASSERT_TRUE(report.gradient_norm.has_value());
  EXPECT_NEAR(*report.gradient_norm, norm, 1e-4 * norm) << "the norm before clipping is reported";
  EXPECT_NEAR(distance(start, copy_of_parameters(*clipped)), 0.25, 1e-4);

  config.train.clip_norm = 1000.0;
  const auto loose = make_trainer(config);
  step(*loose);
  EXPECT_NEAR(distance(start, copy_of_parameters(*loose)), norm, 1e-4 * norm)
      << "a limit that is not reached changes nothing";
}

TEST(Trainer, ZeroGradReleasesGradientsOrKeepsThemAsZeros) {
  TrainingConfig config = tiny_config();
  const auto releasing = make_trainer(config);
  step(*releasing);
  for (const auto& parameter : releasing->model().parameters()) EXPECT_FALSE(parameter.grad().defined());

  config.train.zero_grad_to_none = false;
  const auto keeping = make_trainer(config);
  step(*keeping);
  for (const auto& parameter : keeping->model().parameters()) {
    ASSERT_TRUE(parameter.grad().defined());
    EXPECT_TRUE(parameter.grad().eq(0).all().item<bool>());
  }
  EXPECT_EQ(step(*releasing).loss, step(*keeping).loss) << "and the training is the same";
}

TEST(Trainer, ALossInChunksTrainsAsTheWholeOneDoes) {
  TrainingConfig config = tiny_config();
  const auto whole = make_trainer(config);
  config.loss.chunk_rows = 24;  // of 128
  const auto chunked = make_trainer(config);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(step(*whole).loss, step(*chunked).loss, 1e-5);
}

TEST(Trainer, HeldLogitsChangeNothingThatIsLearned) {
  TrainingConfig config = tiny_config();
  const auto released = make_trainer(config);
  config.loss.hold_logits = true;
  const auto held = make_trainer(config);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(step(*released).loss, step(*held).loss);
}

TEST(Trainer, OptimizersAreThoseOfTheConfiguration) {
  TrainingConfig config = tiny_config();
  const auto adamw = make_trainer(config);
  EXPECT_TRUE(adamw->optimizer().state().empty()) << "state is born in the first step";
  step(*adamw);
  EXPECT_EQ(adamw->optimizer().state().size(), adamw->model().parameters().size());

  config.optimizer.kind = OptimizerKind::sgd;
  const auto plain = make_trainer(config);
  step(*plain);
  EXPECT_TRUE(plain->optimizer().state().empty()) << "plain SGD keeps nothing";

  config.optimizer.momentum = 0.9;
  const auto with_momentum = make_trainer(config);
  step(*with_momentum);
  EXPECT_EQ(with_momentum->optimizer().state().size(), with_momentum->model().parameters().size());
}

TEST(Trainer, StopsBetweenMicroBatches) {
  TrainingConfig config = tiny_config();
  config.train.accumulation = 3;
  const auto trainer = make_trainer(config);
  const auto start = copy_of_parameters(*trainer);
  int asked = 0;
  const auto report = trainer->step([&] { return ++asked == 2; });
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report) << "no step was finished";
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(distance(start, copy_of_parameters(*trainer)), 0.0);
}

}  // namespace
}  // namespace profile_train::workloads
