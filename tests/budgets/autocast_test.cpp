// A loop of one's own under a budget: autocast keeps a half-precision copy of each weight until its cache is cleared.

#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>

#include "hooks/session.h"
#include "testing/memory_matchers.h"

namespace profile_train::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

enum class AfterForward { clear_cache, forget };

constexpr std::int64_t kSize = 256;
constexpr Bytes kWeights = 2 * kSize * kSize * 4;  // two linear layers without biases, fp32

/// at::linear casts the weight itself. torch::nn::Linear would give it a transposed view, which no cache keeps.
struct TwoLayers : torch::nn::Module {
  TwoLayers() {
    first = register_parameter("first", torch::randn({kSize, kSize}) * 0.01);
    second = register_parameter("second", torch::randn({kSize, kSize}) * 0.01);
  }
  torch::Tensor forward(const torch::Tensor& input) const { return torch::linear(torch::linear(input, first), second); }
  torch::Tensor first;
  torch::Tensor second;
};

/// Five steps of two layers under autocast to bf16, with plain SGD.
Analysis train(AfterForward after_forward) {
  const auto file = std::filesystem::path(::testing::TempDir()) / ("budget_autocast_" + std::to_string(getpid()));
  TwoLayers model;
  torch::optim::SGD optimizer(model.parameters(), torch::optim::SGDOptions(0.01));
  Session session({.trace_path = file.string(), .overwrite = true});
  session.watch(model, optimizer);
  for (int step = 1; step <= 5; ++step) {
    const StepGuard in_step(step);
    torch::Tensor loss;
    {
      const PhaseGuard phase(Phase::forward);
      const torch::Tensor input = torch::randn({8, kSize});
      at::autocast::set_autocast_enabled(at::kCPU, true);
      at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
      at::autocast::increment_nesting();
      loss = model.forward(input).square().mean();
      if (at::autocast::decrement_nesting() == 0 && after_forward == AfterForward::clear_cache)
        at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(at::kCPU, false);
    }
    {
      const PhaseGuard phase(Phase::backward);
      loss.backward();
      loss.reset();
    }
    {
      const PhaseGuard phase(Phase::optimizer_step);
      optimizer.step();
    }
    const PhaseGuard phase(Phase::zero_grad);
    optimizer.zero_grad();
  }
  at::autocast::clear_cache();
  session.stop();
  auto trace = read_trace(file.string());
  std::filesystem::remove(file);
  return analyse(std::move(trace).value());
}

/// Weights and gradients, and what SGD adds to one weight at a time.
const Bytes kOptimizerStep = 2 * kWeights + KiB(64);

TEST(AutocastBudget, IsKeptByALoopThatClearsTheCache) {
  const Analysis run = train(AfterForward::clear_cache);
  EXPECT_THAT(run, PhasePeaksBelow(Phase::optimizer_step, kOptimizerStep));
  EXPECT_EQ(at(run.summary.category_peaks, Category::weight_copies), kWeights / 2);  // they are there in forward
  EXPECT_THAT(run, HasNoUnknownBytes());
  EXPECT_THAT(run, ClosesToTheByte());
  EXPECT_THAT(run, DoesNotGrow());
}

TEST(AutocastBudget, ForgettingToClearTheCacheExceedsItAndNamesTheCopies) {
  const Analysis run = train(AfterForward::forget);
  ::testing::StringMatchResultListener why;
  EXPECT_FALSE(PhasePeaksBelow(Phase::optimizer_step, kOptimizerStep).MatchAndExplain(run, &why));
  EXPECT_THAT(why.str(), AllOf(HasSubstr("phases.optimizer_step"), HasSubstr("over the limit"),
                               HasSubstr("weight copies bfloat16[256, 256], 262,144 B")));
}

}  // namespace
}  // namespace profile_train::testing
