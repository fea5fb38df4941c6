#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "workloads/config.h"

namespace profile_train::workloads {

/// W of x W + b as it is stored: whole, quantised, … A new way is a class in stored_matrix.cpp and a line in
/// make_matrix().
class StoredMatrix {
 public:
  StoredMatrix() = default;
  virtual ~StoredMatrix() = default;
  StoredMatrix(const StoredMatrix&) = delete;
  StoredMatrix& operator=(const StoredMatrix&) = delete;

  /// x (n, in) → x W + bias (n, out).
  virtual torch::Tensor times(const torch::Tensor& x, const torch::Tensor& bias) const = 0;
};

struct MatrixShape {
  std::int64_t in;
  std::int64_t out;
  double init_std;
};

/// Drawn, stored as the configuration says, and registered with `owner` under the name `weight`.
std::unique_ptr<StoredMatrix> make_matrix(torch::nn::Module& owner, const MatrixShape& shape, const ModelConfig& config,
                                          const torch::TensorOptions& options);

/// What low-rank adaptation trains beside a matrix that stays as it is: x A B · alpha/r (Hu et al., 2021). A is drawn,
/// B begins as zeros, so that at first nothing is added. Registered as lora_A (in, r) and lora_B (r, out).
class Adapter {
 public:
  Adapter(torch::nn::Module& owner, const MatrixShape& shape, const ModelConfig& config,
          const torch::TensorOptions& options);

  /// y + x A B · alpha/r; the factor goes where the rows are short.
  torch::Tensor added_to(const torch::Tensor& y, const torch::Tensor& x) const;

 private:
  double factor_;
  torch::Tensor a_;
  torch::Tensor b_;
};

/// One of the four matrices of a GPT-2 block: y = x W + b with W (in, out), the "Conv1D" of the published checkpoints,
/// whose weights then load as they are. What stands for W, and what is added beside it, the configuration says.
///
/// Plain, it is one addmm on the flattened input, which saves its input for backward and nothing else. `path` is as in
/// layers.h.
class Projection : public torch::nn::Module {
 public:
  Projection(std::string path, const MatrixShape& shape, const ModelConfig& config,
             const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);  // (B,S,in) -> (B,S,out)

 private:
  std::string path_;
  std::int64_t in_;
  std::int64_t out_;
  std::unique_ptr<StoredMatrix> matrix_;
  torch::Tensor bias_;                // (out)
  std::unique_ptr<Adapter> adapter_;  // or none
};

}  // namespace profile_train::workloads
