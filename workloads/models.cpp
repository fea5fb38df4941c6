#include <algorithm>
#include <array>

#include "workloads/bert.h"
#include "workloads/gpt2.h"
#include "workloads/llama.h"
#include "workloads/model.h"
#include "workloads/pruning.h"
#include "workloads/t5.h"

namespace profile_train::workloads {
namespace {

template <typename Family>
std::shared_ptr<Model> make(const ModelConfig& config, const torch::TensorOptions& options) {
  return std::make_shared<Family>(config, options);
}

}  // namespace

std::span<const ModelFamily> model_families() {
  static const std::array families = {
      ModelFamily{"gpt2", make<Gpt2>},
      ModelFamily{"llama", make<Llama>},
      ModelFamily{"bert", make<Bert>},
      ModelFamily{"t5", make<T5>},
  };
  return families;
}

std::shared_ptr<Model> make_model(const ModelConfig& config, const torch::TensorOptions& options) {
  const auto families = model_families();
  const auto family = std::ranges::find(families, config.family, &ModelFamily::name);
  TORCH_CHECK(family != families.end(), "there is no model family called ", config.family);
  return family->make(after_pruning(config), options);
}

torch::Tensor Model::features_of_padded(const torch::Tensor& /*ids*/, const torch::Tensor& /*lengths*/) {
  TORCH_CHECK(false, "this family of models takes no padded sequences");
}

std::int64_t parameter_count(const torch::nn::Module& model) {
  std::int64_t count = 0;
  for (const auto& parameter : model.parameters()) count += parameter.numel();
  return count;
}

}  // namespace profile_train::workloads
