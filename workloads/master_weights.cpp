#include "workloads/master_weights.h"

namespace profile_train::workloads {

MasterWeights::MasterWeights(const torch::nn::Module& model) {
  for (const auto& item : model.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    masters_.push_back(item.value().detach().to(torch::kFloat32).requires_grad_());
  }
}

void MasterWeights::take_gradients(bool release) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& gradient = parameters_[i].mutable_grad();
    if (!gradient.defined()) continue;
    masters_[i].mutable_grad() = gradient.to(torch::kFloat32);
    if (release) gradient.reset();
  }
}

void MasterWeights::write_back() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].copy_(masters_[i]);
}

void MasterWeights::release_gradients() {
  for (torch::Tensor& master : masters_) master.mutable_grad().reset();
}

}  // namespace profile_train::workloads
