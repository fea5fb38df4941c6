// The ways in which a projection stores its matrix.

#include <utility>

#include "workloads/projection.h"
#include "workloads/pruning.h"
#include "workloads/quantised_matrix.h"

namespace profile_train::workloads {
namespace {

/// As the precision of the model says.
class WholeMatrix : public StoredMatrix {
 public:
  WholeMatrix(torch::nn::Module& owner, const MatrixShape& shape, const torch::TensorOptions& options)
      : weight_(owner.register_parameter("weight",
                                         torch::empty({shape.in, shape.out}, options).normal_(0.0, shape.init_std))) {}

  torch::Tensor times(const torch::Tensor& x, const torch::Tensor& bias) const override {
    return torch::addmm(bias, x, weight_);
  }

 private:
  torch::Tensor weight_;
};

/// Drawn in fp32, whatever the precision, and quantised at once: one such matrix exists in full at a time.
class MatrixInCodes : public StoredMatrix {
 public:
  MatrixInCodes(torch::nn::Module& owner, const MatrixShape& shape, const ModelConfig& config,
                const torch::TensorOptions& options)
      : weight_(QuantisedMatrix::of(
            torch::empty({shape.in, shape.out}, options.dtype(torch::kFloat32)).normal_(0.0, shape.init_std),
            config.weights, config.quantisation_group)) {
    owner.register_buffer("weight_codes", weight_.codes());
    owner.register_buffer("weight_scales", weight_.scales());
  }

  torch::Tensor times(const torch::Tensor& x, const torch::Tensor& bias) const override {
    return quantised_addmm(bias, x, weight_);
  }

 private:
  QuantisedMatrix weight_;
};

}  // namespace

std::unique_ptr<StoredMatrix> make_matrix(torch::nn::Module& owner, const MatrixShape& shape, const ModelConfig& config,
                                          const torch::TensorOptions& options) {
  if (config.weights != WeightStorage::full) return std::make_unique<MatrixInCodes>(owner, shape, config, options);
  if (config.pruning == Pruning::unstructured) return make_masked_matrix(owner, shape, config.pruned_share, options);
  return std::make_unique<WholeMatrix>(owner, shape, options);
}

}  // namespace profile_train::workloads
