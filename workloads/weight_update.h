#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>

#include "workloads/config.h"
#include "workloads/grad_scaler.h"
#include "workloads/master_weights.h"

namespace profile_train {
class Session;
}

namespace profile_train::workloads {

/// What became of one update.
struct UpdateReport {
  std::optional<double> gradient_norm;  ///< before clipping; none without clipping
  std::optional<double> loss_scale;     ///< the loss of this step was multiplied by it; none without scaling
  bool skipped = false;                 ///< a scaled gradient was not finite: no weight changed
};

/// Everything between the gradients and the new weights, in the precision of the configuration: scaling, clipping,
/// master weights, the optimizer. For one thread; the model must outlive it.
class WeightUpdate {
 public:
  WeightUpdate(const TrainingConfig& config, const torch::nn::Module& model);
  void show_to(Session& session, const torch::nn::Module& model) const;

  /// The loss to start backward from.
  torch::Tensor scaled(const torch::Tensor& loss) const { return scaler_ ? scaler_->scale(loss) : loss; }
  UpdateReport apply();
  void zero_grad();

  torch::optim::Optimizer& optimizer() { return *optimizer_; }

 private:
  bool gradients_to_none_;
  double clip_norm_;
  std::vector<torch::Tensor> parameters_;  // of the model, those that are trained
  std::optional<GradScaler> scaler_;
  std::optional<MasterWeights> masters_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace profile_train::workloads
