#include <algorithm>
#include <cmath>

#include "workloads/optimizers/optimizers.h"
#include "workloads/optimizers/quantised_blocks.h"
#include "workloads/optimizers/stateful_optimizer.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-8;
/// Smaller parameters (norms, biases) keep their state in fp32: little to gain, and they are touchy.
constexpr std::int64_t kLeastQuantised = 4096;
/// What is made of the state in fp32 while a parameter is updated exists for so many blocks at a time.
constexpr std::int64_t kBlocksAtOnce = 4096;

/// AdamW whose two moments have 8 bits a number. Of the second moment the square root is kept: half as many decades for
/// the codes to span.
///
/// A step reads the moments, moves them in fp32, updates the parameter with them and rounds them back.
class AdamW8bit final : public StatefulOptimizer {
 public:
  using StatefulOptimizer::StatefulOptimizer;

 private:
  /// The tables of codes, on the device of the parameters.
  struct Tables {
    torch::Tensor signed_values, signed_borders, root_values, root_borders;
  };

  void update(std::span<Update> updates, const OptimizerConfig& config) override {
    for (Update& each : updates) {
      if (config.weight_decay != 0.0) each.parameter.mul_(1.0 - config.learning_rate * config.weight_decay);
      const auto parameter = each.parameter.view({-1});
      const auto gradient = each.gradient.reshape({-1});
      if (parameter.size(0) < kLeastQuantised)
        update_in_full(parameter, gradient, *each.state, config);
      else
        update_in_pieces(parameter, gradient, *each.state, config, tables_on(parameter.device()));
    }
  }

  const Tables& tables_on(const torch::Device& device) {
    if (!tables_.signed_values.defined()) {
      const auto both = QuantisedBlocks::values(true), roots = QuantisedBlocks::values(false);
      tables_ = {both.to(device), QuantisedBlocks::borders(both).to(device), roots.to(device),
                 QuantisedBlocks::borders(roots).to(device)};
    }
    return tables_;
  }

  static void update_in_full(const torch::Tensor& parameter, const torch::Tensor& gradient, ParameterState& state,
                             const OptimizerConfig& config) {
    const auto zeros = [&] { return torch::zeros_like(parameter); };
    const auto mean = state.at(0, "exp_avg", zeros);
    const auto root = state.at(1, "root_of_exp_avg_sq", zeros);
    move(mean, root, gradient, config);
    apply(parameter, mean, root.clone(), state.step, config);
  }

  static void update_in_pieces(const torch::Tensor& parameter, const torch::Tensor& gradient, ParameterState& state,
                               const OptimizerConfig& config, const Tables& tables) {
    const auto blocks = QuantisedBlocks::blocks(parameter.size(0));
    const auto codes = [&](bool is_signed) {
      return torch::full({blocks * QuantisedBlocks::kBlock}, QuantisedBlocks::code_of_zero(is_signed),
                         parameter.options().dtype(torch::kUInt8));
    };
    const auto scales = [&] { return torch::zeros({blocks}, parameter.options().dtype(torch::kFloat32)); };
    const auto mean_codes = state.at(0, "exp_avg", [&] { return codes(true); });
    const auto mean_scales = state.at(1, "exp_avg_scale", scales);
    const auto root_codes = state.at(2, "root_of_exp_avg_sq", [&] { return codes(false); });
    const auto root_scales = state.at(3, "root_of_exp_avg_sq_scale", scales);
    // The tables belong to the state: one set for all parameters, which each of them points to.
    state.at(4, "codes", [&] { return tables.signed_values; });
    state.at(5, "borders_of_codes", [&] { return tables.signed_borders; });
    state.at(6, "root_codes", [&] { return tables.root_values; });
    state.at(7, "borders_of_root_codes", [&] { return tables.root_borders; });
    QuantisedBlocks means(mean_codes, mean_scales), roots(root_codes, root_scales);

    for (std::int64_t first = 0; first < blocks; first += kBlocksAtOnce) {
      const auto count = std::min(kBlocksAtOnce, blocks - first);
      const auto begin = first * QuantisedBlocks::kBlock;
      const auto numbers = std::min(count * QuantisedBlocks::kBlock, parameter.size(0) - begin);
      const auto mean = means.read(first, count, tables.signed_values);
      const auto root = roots.read(first, count, tables.root_values);
      const auto mean_part = mean.narrow(0, 0, numbers), root_part = root.narrow(0, 0, numbers);
      move(mean_part, root_part, gradient.narrow(0, begin, numbers), config);
      means.write(first, mean, tables.signed_borders);
      roots.write(first, root, tables.root_borders);
      apply(parameter.narrow(0, begin, numbers), mean_part, root_part, state.step, config);
    }
  }

  /// Both moments one step further, in place.
  static void move(const torch::Tensor& mean, const torch::Tensor& root, const torch::Tensor& gradient,
                   const OptimizerConfig& config) {
    const auto exact = gradient.to(mean.scalar_type());
    mean.lerp_(exact, 1.0 - config.betas[0]);
    root.mul_(root).mul_(config.betas[1]).addcmul_(exact, exact, 1.0 - config.betas[1]).sqrt_();
  }

  /// Turns `root` into the denominator.
  static void apply(const torch::Tensor& parameter, const torch::Tensor& mean, const torch::Tensor& root,
                    std::int64_t steps, const OptimizerConfig& config) {
    const auto step = static_cast<double>(steps);
    root.div_(std::sqrt(1.0 - std::pow(config.betas[1], step))).add_(kEpsilon);
    parameter.addcdiv_(mean, root, -config.learning_rate / (1.0 - std::pow(config.betas[0], step)));
  }

  Tables tables_;
};

}  // namespace

OptimizerPtr make_adamw_8bit(const OptimizerConfig& config, Tensors parameters) {
  return std::make_unique<AdamW8bit>(std::move(parameters), config);
}

}  // namespace profile_train::workloads
