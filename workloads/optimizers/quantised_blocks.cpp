#include "workloads/optimizers/quantised_blocks.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace profile_train::workloads {
namespace {

/// A decade is divided evenly, into twice as many values as the decade below it; signed ones take half of them each
/// way.
std::vector<float> table(bool is_signed) {
  constexpr int kDecades = 7;
  std::vector<float> values = {0.0F, 1.0F};
  for (int decade = 0; decade < kDecades; ++decade) {
    const int count = (is_signed ? 1 : 2) << decade;
    const double largest = std::pow(10.0, decade - kDecades + 1);
    for (int i = 0; i < count; ++i) {
      const auto value = static_cast<float>(largest * (0.1 + 0.9 * (i + 0.5) / count));
      values.push_back(value);
      if (is_signed) values.push_back(-value);
    }
  }
  std::ranges::sort(values);
  return values;
}

}  // namespace

std::int64_t QuantisedBlocks::code_of_zero(bool is_signed) {
  const auto values = table(is_signed);
  return std::ranges::find(values, 0.0F) - values.begin();
}

torch::Tensor QuantisedBlocks::values(bool is_signed) { return torch::tensor(table(is_signed), torch::kFloat32); }

torch::Tensor QuantisedBlocks::borders(const torch::Tensor& values) {
  return (values.narrow(0, 0, values.size(0) - 1) + values.narrow(0, 1, values.size(0) - 1)) / 2.0;
}

torch::Tensor QuantisedBlocks::read(std::int64_t first, std::int64_t count, const torch::Tensor& values) const {
  const auto codes = codes_.narrow(0, first * kBlock, count * kBlock);
  auto numbers = torch::index_select(values, 0, codes.to(torch::kInt32));
  numbers.view({count, kBlock}).mul_(scales_.narrow(0, first, count).unsqueeze(1));
  return numbers;
}

void QuantisedBlocks::write(std::int64_t first, const torch::Tensor& numbers, const torch::Tensor& borders) {
  constexpr double kLeastScale = 1e-38;  // of a block of zeros, so that nothing is divided by zero
  const auto blocks = numbers.view({-1, kBlock});
  const auto scales = scales_.narrow(0, first, blocks.size(0));
  scales.copy_(torch::amax(blocks.abs(), 1)).clamp_min_(kLeastScale);
  const auto shares = blocks / scales.unsqueeze(1);
  constexpr bool kInt32 = true;
  codes_.narrow(0, first * kBlock, numbers.size(0)).copy_(torch::bucketize(shares, borders, kInt32).view({-1}));
}

}  // namespace profile_train::workloads
