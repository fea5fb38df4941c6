#include "workloads/finetuning.h"

#include <utility>

#include "profiler/trained_parameters.h"
#include "workloads/checkpoint.h"

namespace profile_train::workloads {

void freeze(torch::nn::Module& model, const ModelConfig& config) {
  const Finetuning finetuning{config.frozen_blocks, config.lora_rank};
  for (const auto& item : model.named_parameters())
    if (!profile_train::is_trained(item.key(), finetuning)) torch::Tensor(item.value()).requires_grad_(false);
}

std::vector<torch::Tensor> trained_parameters(const torch::nn::Module& model) {
  auto parameters = model.parameters();
  std::erase_if(parameters, [](const torch::Tensor& parameter) { return !parameter.requires_grad(); });
  return parameters;
}

torch::Tensor checkpoint_of(const torch::nn::Module& module, std::function<torch::Tensor(const torch::Tensor&)> run,
                            const torch::Tensor& x, bool draws) {
  if (x.requires_grad() || trained_parameters(module).empty()) return checkpoint(std::move(run), x, draws);
  const auto run_on_x = [run = std::move(run)](const SeveralTensors& inputs) { return run(inputs[0]); };
  const auto needs_gradient = torch::empty({0}, x.options()).requires_grad_();
  return checkpoint(std::function<torch::Tensor(const SeveralTensors&)>(run_on_x), SeveralTensors{x, needs_gradient},
                    draws);
}

}  // namespace profile_train::workloads
