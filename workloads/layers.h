#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

namespace profile_train::workloads {

/// Layers that are born on their device and dtype (LibTorch's own take neither) and that report under their path.
///
/// `path` is the name that named_modules() of the whole model will give, so that a report and a checkpoint agree.

enum class Bias : std::uint8_t { none, one };

/// y = x W^T + b with W stored as (out, in), as most published checkpoints have it; with or without b.
class Linear : public torch::nn::Module {
 public:
  Linear(std::string path, std::int64_t in, std::int64_t out, Bias bias, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::string path_;
  torch::Tensor weight_;  // (out, in)
  torch::Tensor bias_;    // (out), or undefined
};

/// Divides by the root mean square, and scales. Keeps its input and one number for each position.
class RmsNorm : public torch::nn::Module {
 public:
  RmsNorm(std::string path, std::int64_t width, double epsilon, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::string path_;
  std::int64_t width_;
  double epsilon_;
  torch::Tensor weight_;
};

/// Saves its input and two numbers, mean and 1/std, for each position.
class LayerNorm : public torch::nn::Module {
 public:
  LayerNorm(std::string path, std::int64_t width, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::string path_;
  std::int64_t width_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

class Embedding : public torch::nn::Module {
 public:
  Embedding(std::string path, std::int64_t rows, std::int64_t width, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& ids);
  const torch::Tensor& weight() const { return weight_; }

 private:
  std::string path_;
  torch::Tensor weight_;  // (rows, width)
};

/// Drops with probability p while training. With p = 0 it is not called at all: even a dropout of nothing would copy.
torch::Tensor drop(const torch::Tensor& x, double p, bool training);

/// GPT-2's standard deviation for everything that is drawn.
inline constexpr double kInitStd = 0.02;

}  // namespace profile_train::workloads
