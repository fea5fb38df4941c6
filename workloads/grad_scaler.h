#pragma once

#include <torch/torch.h>

#include <vector>

#include "workloads/config.h"

namespace profile_train::workloads {

/// Keeps fp16 gradients within the range of fp16: the loss is multiplied by a scale before backward, the gradients are
/// divided by it after, and a step whose gradients overflowed is left out.
///
/// The scale grows after a number of steps in a row without overflow and backs off after one with it: LibTorch's
/// _amp_update_scale_ decides that on the device. Three numbers on the device are all its memory. For one thread; call
/// scale(), unscale(), then update(), once a step.
class GradScaler {
 public:
  GradScaler(const ScalerConfig& config, torch::Device device);

  torch::Tensor scale(const torch::Tensor& loss) const { return loss * scale_; }
  /// Divides the gradients by the scale, in place. True if all of them are finite; reads that from the device.
  bool unscale(const std::vector<torch::Tensor>& parameters);
  /// Adapts the scale to what unscale() found.
  void update();

  std::vector<torch::Tensor> state() const { return {scale_, growth_tracker_, found_infinite_}; }

  /// The scale that the next loss is multiplied by; reads it from the device.
  double current() const { return scale_.item<double>(); }

 private:
  ScalerConfig config_;
  torch::Tensor scale_;           // fp32
  torch::Tensor growth_tracker_;  // int32: steps in a row without overflow
  torch::Tensor found_infinite_;  // fp32, 1 if a gradient was not finite
};

}  // namespace profile_train::workloads
