#include "workloads/layers.h"

#include <utility>

#include "hooks/session.h"

namespace profile_train::workloads {

Linear::Linear(std::string path, std::int64_t in, std::int64_t out, Bias bias, const torch::TensorOptions& options)
    : path_(std::move(path)),
      weight_(register_parameter("weight", torch::empty({out, in}, options).normal_(0.0, kInitStd))) {
  if (bias == Bias::one) bias_ = register_parameter("bias", torch::zeros({out}, options));
}

torch::Tensor Linear::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  return torch::linear(x, weight_, bias_);
}

RmsNorm::RmsNorm(std::string path, std::int64_t width, double epsilon, const torch::TensorOptions& options)
    : path_(std::move(path)),
      width_(width),
      epsilon_(epsilon),
      weight_(register_parameter("weight", torch::ones({width}, options))) {}

torch::Tensor RmsNorm::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  return torch::rms_norm(x, {width_}, weight_, epsilon_);
}

LayerNorm::LayerNorm(std::string path, std::int64_t width, const torch::TensorOptions& options)
    : path_(std::move(path)),
      width_(width),
      weight_(register_parameter("weight", torch::ones({width}, options))),
      bias_(register_parameter("bias", torch::zeros({width}, options))) {}

torch::Tensor LayerNorm::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  constexpr double kEpsilon = 1e-5;
  return torch::layer_norm(x, {width_}, weight_, bias_, kEpsilon);
}

Embedding::Embedding(std::string path, std::int64_t rows, std::int64_t width, const torch::TensorOptions& options)
    : path_(std::move(path)),
      weight_(register_parameter("weight", torch::empty({rows, width}, options).normal_(0.0, kInitStd))) {}

torch::Tensor Embedding::forward(const torch::Tensor& ids) {
  const ModuleGuard module(path_);
  return torch::embedding(weight_, ids);
}

torch::Tensor drop(const torch::Tensor& x, double p, bool training) {
  return p > 0.0 && training ? torch::dropout(x, p, true) : x;
}

}  // namespace profile_train::workloads
