#include "workloads/chunked_loss.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <optional>

namespace profile_train::workloads {
namespace {

constexpr std::int64_t kBatch = 2, kSequence = 9, kHidden = 16, kVocabulary = 37;

struct Problem {
  explicit Problem(at::ScalarType type = torch::kFloat32) {
    torch::manual_seed(7);
    features = torch::randn({kBatch, kSequence, kHidden}).to(type).requires_grad_();
    weight = torch::randn({kVocabulary, kHidden}).to(type).requires_grad_();
    targets = torch::randint(kVocabulary, {kBatch, kSequence}, torch::kInt64);
  }
  /// The loss as everybody writes it, three times as large as needed to see that the incoming gradient counts.
  torch::Tensor whole() const {
    const auto logits = torch::linear(features, weight).view({-1, kVocabulary});
    return 3.0 * torch::nn::functional::cross_entropy(logits, targets.view({-1}));
  }
  torch::Tensor in_chunks(std::int64_t rows) const {
    return 3.0 * chunked_cross_entropy(features, weight, targets, rows);
  }

  torch::Tensor features;
  torch::Tensor weight;
  torch::Tensor targets;
};

double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  const auto exact = b.to(torch::kFloat64);
  return ((a.to(torch::kFloat64) - exact).norm() / exact.norm()).item<double>();
}

TEST(ChunkedLoss, HasTheLossAndTheGradientsOfTheWholeOne) {
  for (const std::int64_t rows : {1, 5, 6, 18, 1000}) {  // of 18: an uneven split, an even one, all, more than all
    const Problem whole, chunked;
    const auto expected = whole.whole();
    const auto loss = chunked.in_chunks(rows);
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-5) << rows;
    expected.backward();
    loss.backward();
    EXPECT_LT(relative_difference(chunked.features.grad(), whole.features.grad()), 1e-6) << rows;
    EXPECT_LT(relative_difference(chunked.weight.grad(), whole.weight.grad()), 1e-6) << rows;
  }
}

/// How far a loss and its gradients are from those in fp32, relative to them.
struct Errors {
  double loss, of_features, of_weight;
};

struct InPrecision {
  at::ScalarType stored;
  std::optional<at::ScalarType> autocast;

  template <typename Loss>
  Errors errors_of(const Loss& loss_of) const {
    const Problem exact(torch::kFloat32), rounded(stored);
    const auto expected = exact.whole();
    expected.backward();
    at::autocast::set_autocast_enabled(at::kCPU, autocast.has_value());
    if (autocast) at::autocast::set_autocast_dtype(at::kCPU, *autocast);
    const auto loss = loss_of(rounded);
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::clear_cache();
    loss.backward();
    EXPECT_EQ(rounded.weight.grad().scalar_type(), stored);
    return {std::abs(loss.template item<double>() / expected.template item<double>() - 1.0),
            relative_difference(rounded.features.grad(), exact.features.grad()),
            relative_difference(rounded.weight.grad(), exact.weight.grad())};
  }
};

TEST(ChunkedLoss, IsAsExactAsTheWholeOneInTheSamePrecision) {
  const InPrecision precisions[] = {
      {torch::kFloat32, torch::kBFloat16}, {torch::kFloat32, torch::kHalf}, {torch::kBFloat16, std::nullopt}};
  for (const InPrecision& precision : precisions) {
    const Errors whole = precision.errors_of([](const Problem& problem) { return problem.whole(); });
    EXPECT_GT(whole.of_weight, 1e-5) << "or it is not in that precision";
    for (const std::int64_t rows : {1, 5, 1000}) {
      const Errors chunked = precision.errors_of([&](const Problem& problem) { return problem.in_chunks(rows); });
      // In bf16 the weight's gradient is rounded after each chunk: some bits more than the whole one loses.
      const double room = precision.stored == torch::kBFloat16 ? 4.0 : 2.0;
      EXPECT_LT(chunked.loss, 2.0 * whole.loss + 1e-3) << rows;
      EXPECT_LT(chunked.of_features, 2.0 * whole.of_features) << rows;
      EXPECT_LT(chunked.of_weight, room * whole.of_weight) << rows;
    }
  }
}

TEST(ChunkedLoss, MakesGradientsOnlyForThoseThatWantThem) {
  const Problem frozen_head, whole;
  frozen_head.weight.requires_grad_(false);
  frozen_head.in_chunks(4).backward();
  whole.whole().backward();
  EXPECT_FALSE(frozen_head.weight.grad().defined());
  EXPECT_LT(relative_difference(frozen_head.features.grad(), whole.features.grad()), 1e-6);

  const Problem frozen_body;
  frozen_body.features.requires_grad_(false);
  frozen_body.in_chunks(4).backward();
  EXPECT_FALSE(frozen_body.features.grad().defined());
  EXPECT_LT(relative_difference(frozen_body.weight.grad(), whole.weight.grad()), 1e-6);
}

TEST(ChunkedLoss, WorksInHalfPrecisionWithALossInFp32) {
  const Problem half(torch::kBFloat16), exact;
  const auto loss = half.in_chunks(5);
  EXPECT_EQ(loss.scalar_type(), torch::kFloat32);
  loss.backward();
  exact.whole().backward();
  EXPECT_EQ(half.weight.grad().scalar_type(), torch::kBFloat16);
  EXPECT_LT(relative_difference(half.features.grad(), exact.features.grad()), 0.03) << "bf16 has 8 bits";
  EXPECT_LT(relative_difference(half.weight.grad(), exact.weight.grad()), 0.03);
}

TEST(ChunkedLoss, MultipliesInTheTypeOfTheCallersAutocastInBothDirections) {
  const Problem cast, exact;
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, torch::kBFloat16);
  const auto loss = cast.in_chunks(5);
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU)) << "the caller's autocast is as it was";
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  const double exact_loss = exact.whole().item<double>();
  EXPECT_NE(loss.item<double>(), exact_loss);
  EXPECT_NEAR(loss.item<double>(), exact_loss, 0.02 * exact_loss);
  loss.backward();
  exact.whole().backward();
  EXPECT_EQ(cast.weight.grad().scalar_type(), torch::kFloat32);
  EXPECT_LT(relative_difference(cast.weight.grad(), exact.weight.grad()), 0.03);
}

}  // namespace
}  // namespace profile_train::workloads
