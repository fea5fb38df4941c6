#include "workloads/quantised_matrix.h"

#include <gtest/gtest.h>

#include "tests/workloads/print_modes.h"
#include "workloads/autocast.h"

namespace profile_train::workloads {
namespace {

constexpr std::int64_t kRows = 48, kColumns = 80, kGroup = 16;

torch::Tensor drawn(std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::randn({kRows, kColumns}) * 0.02;
}

std::int64_t levels(WeightStorage storage) { return storage == WeightStorage::int8 ? 127 : 7; }

class QuantisedMatrixOf : public testing::TestWithParam<WeightStorage> {};

TEST_P(QuantisedMatrixOf, IsOffByHalfAStepAtMost) {
  const auto values = drawn(1);
  const auto matrix = QuantisedMatrix::of(values.clone(), GetParam(), kGroup);
  const auto steps = values.view({-1, kGroup}).abs().amax(1, true) / levels(GetParam());
  const auto error = (matrix.dequantised(torch::kFloat32) - values).abs().view({-1, kGroup});
  EXPECT_LE((error / steps).max().item<float>(), 0.5F * 1.0001F);
  EXPECT_GT((error / steps).max().item<float>(), 0.45F) << "as far off as codes of that many bits must be";
}

TEST_P(QuantisedMatrixOf, KeepsItsLargestNumbersAndZeroAsTheyAre) {
  auto values = torch::zeros({2, 8});
  values[0][3] = -1.5F;
  values[1][6] = 0.25F;
  const auto matrix = QuantisedMatrix::of(values.clone(), GetParam(), 4);
  EXPECT_TRUE(torch::allclose(matrix.dequantised(torch::kFloat32), values, 1e-6, 0.0));
}

TEST_P(QuantisedMatrixOf, TakesOneByteOrHalfAByteANumberAndFourAGroup) {
  const auto matrix = QuantisedMatrix::of(drawn(2), GetParam(), kGroup);
  const std::int64_t numbers = kRows * kColumns;
  EXPECT_EQ(matrix.codes().nbytes(),
            static_cast<std::size_t>(GetParam() == WeightStorage::int8 ? numbers : numbers / 2));
  EXPECT_EQ(matrix.scales().nbytes(), static_cast<std::size_t>(4 * numbers / kGroup));
}

TEST_P(QuantisedMatrixOf, RoundsToHalfPrecisionWhenItIsAskedFor) {
  const auto matrix = QuantisedMatrix::of(drawn(3), GetParam(), kGroup);
  const auto half = matrix.dequantised(torch::kBFloat16);
  EXPECT_EQ(half.scalar_type(), torch::kBFloat16);
  // The scale is rounded and the product of it: 8 bits each.
  EXPECT_TRUE(torch::allclose(half.to(torch::kFloat32), matrix.dequantised(torch::kFloat32), 2.0 / 256.0, 0.0));
}

TEST_P(QuantisedMatrixOf, MultipliesAndPassesTheGradientOnAsTheDequantisedMatrixDoes) {
  const auto matrix = QuantisedMatrix::of(drawn(4), GetParam(), kGroup);
  const auto bias = torch::randn({kColumns});
  const auto x = torch::randn({7, kRows}).requires_grad_();
  const auto same_x = x.detach().clone().requires_grad_();
  const auto y = quantised_addmm(bias, x, matrix);
  const auto same_y = torch::addmm(bias, same_x, matrix.dequantised(torch::kFloat32));
  EXPECT_TRUE(torch::equal(y, same_y));
  const auto gradient = torch::randn_like(y);
  y.backward(gradient);
  same_y.backward(gradient);
  EXPECT_TRUE(torch::equal(x.grad(), same_x.grad()));
}

TEST_P(QuantisedMatrixOf, MultipliesInTheTypeOfAutocast) {
  const auto matrix = QuantisedMatrix::of(drawn(5), GetParam(), kGroup);
  const auto x = torch::randn({7, kRows}).requires_grad_();
  torch::Tensor y;
  {
    const AutocastGuard autocast(torch::kCPU, torch::kBFloat16);
    y = quantised_addmm(torch::zeros({kColumns}), x, matrix);
  }
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  y.sum().backward();
  EXPECT_EQ(x.grad().scalar_type(), torch::kFloat32);
  const auto expected = matrix.dequantised(torch::kFloat32).sum(1).expand({7, kRows});
  EXPECT_TRUE(torch::allclose(x.grad(), expected, 0.02, 0.01));
}

TEST_P(QuantisedMatrixOf, MakesNoGraphForWhatNeedsNoGradient) {
  const auto matrix = QuantisedMatrix::of(drawn(6), GetParam(), kGroup);
  EXPECT_FALSE(quantised_addmm(torch::zeros({kColumns}), torch::randn({7, kRows}), matrix).requires_grad());
}

INSTANTIATE_TEST_SUITE_P(Storages, QuantisedMatrixOf, testing::Values(WeightStorage::int8, WeightStorage::int4),
                         test::name_of<QuantisedMatrixOf::ParamType>);

}  // namespace
}  // namespace profile_train::workloads
