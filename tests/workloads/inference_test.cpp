// Inference as a task: forward passes and nothing else.

#include "workloads/inference.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "tests/workloads/tiny_config.h"

namespace profile_train::workloads {
namespace {

TrainingConfig inference(const std::string& family = "gpt2") {
  TrainingConfig config = tiny_config();
  config.task = Task::inference;
  config.model.family = family;
  return config;
}

TEST(InferenceTask, RunsAsManyStepsAsAskedForAndHasNoLoss) {
  for (const char* family : {"gpt2", "llama", "bert", "t5"}) {
    const auto outcome = train(inference(family), nullptr, {});
    ASSERT_TRUE(outcome) << family << ": " << outcome.error().message;
    ASSERT_EQ(outcome->steps.size(), 3U);
    for (const StepReport& step : outcome->steps) {
      EXPECT_TRUE(std::isnan(step.loss));
      EXPECT_GT(step.seconds, 0.0);
      EXPECT_FALSE(step.gradient_norm || step.loss_scale);
    }
  }
}

TEST(InferenceTask, LeavesTheModelAsItIs) {
  TrainingConfig config = inference();
  config.model.dropout = 0.5;
  auto run = Inference::create(config, nullptr);
  ASSERT_TRUE(run) << run.error().message;
  Model& model = (*run)->model();
  std::vector<torch::Tensor> before;
  for (const auto& parameter : model.parameters()) before.push_back(parameter.clone());
  ASSERT_TRUE((*run)->step({}));
  const auto after = model.parameters();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(after[i].equal(before[i]));
    EXPECT_FALSE(after[i].grad().defined());
    EXPECT_FALSE(after[i].requires_grad());
  }
  EXPECT_FALSE(model.is_training()) << "without dropout";
}

TEST(InferenceTask, CanBeStopped) {
  auto run = Inference::create(inference(), nullptr);
  ASSERT_TRUE(run);
  const auto stopped = (*run)->step([] { return true; });
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(*stopped);
}

}  // namespace
}  // namespace profile_train::workloads
