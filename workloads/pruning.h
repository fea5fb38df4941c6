#pragma once

#include <torch/torch.h>

#include <memory>

#include "workloads/config.h"
#include "workloads/projection.h"

namespace profile_train::workloads {

/// The sizes that are left: after structured pruning fewer heads, of the size they had, and a narrower feed-forward
/// part. Other configurations as they are.
ModelConfig after_pruning(const ModelConfig& config);

/// False for the given share of the numbers, those nearest to zero: bool, with the sizes of `weight`.
torch::Tensor mask_of_largest(const torch::Tensor& weight, double pruned_share);

/// A matrix with a mask beside it, for unstructured pruning: where the mask is false, a number counts as 0 whatever it
/// is, and gets no gradient. Drawn, masked at birth, and registered with `owner` as `weight` and `weight_mask`.
///
/// Both are stored in full, and so is their product, in each forward pass: LibTorch multiplies dense matrices.
std::unique_ptr<StoredMatrix> make_masked_matrix(torch::nn::Module& owner, const MatrixShape& shape,
                                                 double pruned_share, const torch::TensorOptions& options);

}  // namespace profile_train::workloads
