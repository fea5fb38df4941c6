#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace profile_train::workloads {

/// Numbers in 8 bits: a code each, and for every block of 256 the largest absolute value, which the codes are relative
/// to (Dettmers et al., 2022). What is beyond the last number, up to a whole block, is kept as zeros.
///
/// Codes stand for values that lie closer to each other the smaller they are, over seven decades ("dynamic"): a value
/// of at least a tenth of its block's largest is kept with a relative error of at most 4 % (signed: 7 %).
class QuantisedBlocks {
 public:
  static constexpr std::int64_t kBlock = 256;

  /// Views of `codes` (blocks·256) uint8 and `scales` (blocks) float32.
  QuantisedBlocks(torch::Tensor codes, torch::Tensor scales) : codes_(std::move(codes)), scales_(std::move(scales)) {}

  static std::int64_t blocks(std::int64_t numbers) { return (numbers + kBlock - 1) / kBlock; }

  /// The code of 0, which state is born with.
  static std::int64_t code_of_zero(bool is_signed);
  /// What the 256 codes stand for, ascending, and the 255 borders between them. On the CPU; float32.
  static torch::Tensor values(bool is_signed);
  static torch::Tensor borders(const torch::Tensor& values);

  /// Blocks `first` to `first + count`: the numbers, (count·256).
  torch::Tensor read(std::int64_t first, std::int64_t count, const torch::Tensor& values) const;
  void write(std::int64_t first, const torch::Tensor& numbers, const torch::Tensor& borders);

 private:
  torch::Tensor codes_;
  torch::Tensor scales_;
};

}  // namespace profile_train::workloads
