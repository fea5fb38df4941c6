#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "profiler/training_setup.h"

namespace profile_train::workloads {

/// A matrix in 8 or 4 bits: a code for each number, and for each group of numbers an fp32 scale. Groups are neighbours
/// in memory, row after row; `group` must divide the number of numbers.
///
/// A code is a whole number of steps from zero, −127…127 in int8 and −7…7 in int4, where two neighbours share a byte.
/// The scale is the size of a step: the largest absolute value of the group, divided by 127 or 7. A number is off by
/// half a step at most. (NF4, whose levels follow a normal distribution, is closer with normal weights; to look its
/// levels up LibTorch would need an index of 4 bytes a number.) Immutable; copies share the tensors.
class QuantisedMatrix {
 public:
  /// Of `values` (rows, columns) in fp32, which is worked on in place and is used up.
  static QuantisedMatrix of(torch::Tensor values, WeightStorage storage, std::int64_t group);

  /// All numbers again, in `type`: a new tensor (rows, columns).
  torch::Tensor dequantised(torch::ScalarType type) const;

  const torch::Tensor& codes() const { return codes_; }    ///< int8 (rows, columns), or uint8 (rows · columns / 2)
  const torch::Tensor& scales() const { return scales_; }  ///< fp32 (rows · columns / group)

 private:
  QuantisedMatrix(torch::Tensor codes, torch::Tensor scales, WeightStorage storage, std::int64_t rows,
                  std::int64_t columns);

  torch::Tensor codes_;
  torch::Tensor scales_;
  WeightStorage storage_;
  std::int64_t rows_;
  std::int64_t columns_;
};

/// x W + bias, for x (n, rows of W) and without a gradient for W or `bias`. W is dequantised to the type of the product
/// (autocast's, or x's) and let go of; autograd keeps the codes and the scales and dequantises again in backward.
torch::Tensor quantised_addmm(const torch::Tensor& bias, const torch::Tensor& x, const QuantisedMatrix& weight);

}  // namespace profile_train::workloads
