#include <algorithm>
#include <cmath>

#include "workloads/optimizers/optimizers.h"
#include "workloads/optimizers/stateful_optimizer.h"

namespace profile_train::workloads {
namespace {

constexpr double kDecayExponent = -0.8;   // of the step number: how fast old gradients are forgotten
constexpr double kLeastSquare = 1e-30;    // keeps a second moment from being 0
constexpr double kLeastParameter = 1e-3;  // a parameter of zeros moves as if its numbers were so large
constexpr double kLargestUpdate = 1.0;    // root mean square of an update before the learning rate

/// Sum of squares without the scratch that a reduction of a large tensor needs on CUDA.
torch::Tensor root_mean_square(const torch::Tensor& tensor) {
  const auto numbers = tensor.view({-1});
  return torch::dot(numbers, numbers).div_(numbers.numel()).sqrt_();
}

/// Adafactor (Shazeer and Stern, 2018) without first moment: of a matrix it keeps the means of the squared gradients of
/// each row and each column, and takes their product for the second moment of each number.
///
/// Means are matrix products with ones, for the reason given above; the learning rate is relative to the parameter's
/// root mean square, at most 1/√step.
class Adafactor final : public StatefulOptimizer {
 public:
  using StatefulOptimizer::StatefulOptimizer;

 private:
  void update(std::span<Update> updates, const OptimizerConfig& config) override {
    for (Update& each : updates) update_one(each, config);
  }

  static void update_one(Update& each, const OptimizerConfig& config) {
    const auto step = static_cast<double>(each.state->step);
    const double forget = std::pow(step, kDecayExponent);
    const double rate = std::min(config.learning_rate, 1.0 / std::sqrt(step));
    const auto scale = root_mean_square(each.parameter).clamp_min_(kLeastParameter).mul_(rate);
    if (config.weight_decay != 0.0) each.parameter.mul_(1.0 - config.learning_rate * config.weight_decay);

    auto update = each.gradient.mul(each.gradient);
    if (update.dim() == 2)
      replace_by_factors(update, *each.state, forget);
    else
      replace_by_mean(update, *each.state, forget);
    update.clamp_min_(kLeastSquare).rsqrt_().mul_(each.gradient);
    scale.div_(root_mean_square(update).div_(kLargestUpdate).clamp_min_(1.0));
    each.parameter.sub_(update.mul_(scale));
  }

  /// `squares` (r, c): the product of the means of its rows and its columns, over the mean of all.
  static void replace_by_factors(torch::Tensor& squares, ParameterState& state, double forget) {
    const auto rows = squares.size(0), columns = squares.size(1);
    const auto row = state.at(0, "row_var", [&] { return torch::zeros({rows}, squares.options()); });
    const auto column = state.at(1, "col_var", [&] { return torch::zeros({columns}, squares.options()); });
    row.lerp_(torch::mv(squares, torch::full({columns}, 1.0 / static_cast<double>(columns), squares.options())),
              forget);
    column.lerp_(torch::mv(squares.t(), torch::full({rows}, 1.0 / static_cast<double>(rows), squares.options())),
                 forget);
    const auto mean = torch::dot(row, torch::full({rows}, 1.0 / static_cast<double>(rows), squares.options()));
    torch::mul_out(squares, row.unsqueeze(1), column.unsqueeze(0));
    squares.div_(mean.clamp_min_(kLeastSquare));
  }

  static void replace_by_mean(torch::Tensor& squares, ParameterState& state, double forget) {
    const auto mean = state.at(0, "variance", [&] { return torch::zeros_like(squares); });
    mean.lerp_(squares, forget);
    squares.copy_(mean);
  }
};

}  // namespace

OptimizerPtr make_adafactor(const OptimizerConfig& config, Tensors parameters) {
  return std::make_unique<Adafactor>(std::move(parameters), config);
}

}  // namespace profile_train::workloads
