#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

namespace profile_train::workloads {

/// fp32 copies of those half-precision parameters that are trained, which the optimizer works on: small updates add up
/// there that bf16 would round away.
///
/// Gradients arrive in the parameters' own precision, and micro-batches add up in it. Before the optimizer steps,
/// gradients() makes one fp32 gradient for each; they live until release_gradients(). For one thread; the model must
/// outlive it.
class MasterWeights {
 public:
  explicit MasterWeights(const torch::nn::Module& model);

  const std::vector<torch::Tensor>& tensors() const { return masters_; }
  const std::vector<std::string>& names() const { return names_; }  ///< of the parameters they are copies of

  /// Casts each parameter's gradient to fp32. `release`: each one goes as soon as its cast exists, so that both are
  /// never all there.
  void take_gradients(bool release);
  void write_back();  ///< rounds the copies into the parameters
  void release_gradients();

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> masters_;
  std::vector<std::string> names_;
};

}  // namespace profile_train::workloads
