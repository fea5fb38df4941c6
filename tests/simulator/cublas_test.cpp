#include <cublasLt.h>
#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "simulator/simulation.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {
namespace {

const bool kSimulated = [] {
  Settings settings = h200_settings();
  settings.scalar_value = 2.5;
  simulate(settings);
  return true;
}();

class Cublas : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS); }
  void TearDown() override { cublasDestroy(handle_); }

  static std::uint64_t launches() { return simulation().launches.total(); }
  static std::uint64_t scalars() { return simulation().reads.count(ReadKind::scalar); }

  cublasHandle_t handle_ = nullptr;
};

TEST_F(Cublas, HandleIsOneUntilItIsDestroyed) {
  cublasHandle_t other = nullptr;
  ASSERT_EQ(cublasCreate(&other), CUBLAS_STATUS_SUCCESS);
  EXPECT_NE(other, handle_);
  EXPECT_EQ(cublasSetMathMode(other, CUBLAS_TF32_TENSOR_OP_MATH), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasDestroy(other), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasDestroy(other), CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(cublasSetMathMode(other, CUBLAS_TF32_TENSOR_OP_MATH), CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(cublasSetMathMode(nullptr, CUBLAS_TF32_TENSOR_OP_MATH), CUBLAS_STATUS_NOT_INITIALIZED);
}

TEST_F(Cublas, SettingsAreReadBack) {
  cublasPointerMode_t pointer_mode{};
  cublasMath_t math{};
  cublasAtomicsMode_t atomics{};
  cudaStream_t stream = nullptr;
  EXPECT_EQ(cublasGetPointerMode(handle_, &pointer_mode), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(pointer_mode, CUBLAS_POINTER_MODE_HOST);  // documented default

  EXPECT_EQ(cublasSetPointerMode(handle_, CUBLAS_POINTER_MODE_DEVICE), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetMathMode(handle_, CUBLAS_PEDANTIC_MATH), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetAtomicsMode(handle_, CUBLAS_ATOMICS_ALLOWED), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetStream(handle_, cudaStreamPerThread), CUBLAS_STATUS_SUCCESS);
  cublasGetPointerMode(handle_, &pointer_mode);
  cublasGetMathMode(handle_, &math);
  cublasGetAtomicsMode(handle_, &atomics);
  cublasGetStream(handle_, &stream);
  EXPECT_EQ(pointer_mode, CUBLAS_POINTER_MODE_DEVICE);
  EXPECT_EQ(math, CUBLAS_PEDANTIC_MATH);
  EXPECT_EQ(atomics, CUBLAS_ATOMICS_ALLOWED);
  EXPECT_EQ(stream, cudaStreamPerThread);
}

TEST_F(Cublas, WorkspaceIsAlignedTo256Bytes) {
  EXPECT_EQ(cublasSetWorkspace(handle_, reinterpret_cast<void*>(std::uintptr_t{512}), 4096), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetWorkspace(handle_, reinterpret_cast<void*>(std::uintptr_t{520}), 4096),
            CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(Cublas, ProductIsALaunchAndNeedsAHandle) {
  const float one = 1.0F;
  const auto multiply = [&](cublasHandle_t handle) {
    return cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 8, 8, 8, &one, nullptr, 8, nullptr, 8, &one, nullptr, 8);
  };
  const std::uint64_t before = launches();
  EXPECT_EQ(multiply(handle_), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(launches(), before + 1);
  EXPECT_EQ(multiply(nullptr), CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(launches(), before + 1);
}

TEST_F(Cublas, ResultOnTheHostIsTheScalarThatWasSetAndCounted) {
  const std::uint64_t before = scalars();
  float single = 0.0F;
  double large = 0.0;
  EXPECT_EQ(cublasSdot(handle_, 4, nullptr, 1, nullptr, 1, &single), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasDnrm2_64(handle_, 4, nullptr, 1, &large), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(single, 2.5F);
  EXPECT_EQ(large, 2.5);
  cuComplex complex{};
  EXPECT_EQ(cublasCdotu(handle_, 4, nullptr, 1, nullptr, 1, &complex), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(complex.x, 2.5F);
  EXPECT_EQ(complex.y, 0.0F);
  double typed = 0.0;
  EXPECT_EQ(cublasDotEx(handle_, 4, nullptr, CUDA_R_64F, 1, nullptr, CUDA_R_64F, 1, &typed, CUDA_R_64F, CUDA_R_64F),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(typed, 2.5);
  int position = 0;
  EXPECT_EQ(cublasIsamax(handle_, 4, nullptr, 1, &position), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(position, 1);  // positions count from 1
  EXPECT_EQ(scalars(), before + 5);
}

TEST_F(Cublas, ResultOnTheDeviceIsNoReadOfTheHost) {
  cublasSetPointerMode(handle_, CUBLAS_POINTER_MODE_DEVICE);
  const std::uint64_t scalars_before = scalars();
  const std::uint64_t launches_before = launches();
  float untouched = 7.0F;
  EXPECT_EQ(cublasSdot(handle_, 4, nullptr, 1, nullptr, 1, &untouched), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(untouched, 7.0F);
  EXPECT_EQ(scalars(), scalars_before);
  EXPECT_EQ(launches(), launches_before + 1);
}

TEST_F(Cublas, RotationOfHostNumbersIsReal) {
  double a = 3.0, b = 4.0, c = 0.0, s = 0.0;
  EXPECT_EQ(cublasDrotg(handle_, &a, &b, &c, &s), CUBLAS_STATUS_SUCCESS);
  EXPECT_DOUBLE_EQ(a, 5.0);
  EXPECT_DOUBLE_EQ(c, 0.6);
  EXPECT_DOUBLE_EQ(s, 0.8);
}

TEST_F(Cublas, ManySystemsSayThatTheirArgumentsWereFine) {
  int info = -1;
  EXPECT_EQ(cublasSgetrsBatched(handle_, CUBLAS_OP_N, 4, 1, nullptr, 4, nullptr, nullptr, 4, &info, 2),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(info, 0);
  info = -1;
  EXPECT_EQ(cublasDgeqrfBatched(handle_, 4, 4, nullptr, 4, nullptr, &info, 2), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(info, 0);
  info = -1;
  EXPECT_EQ(cublasCgelsBatched(handle_, CUBLAS_OP_N, 4, 4, 1, nullptr, 4, nullptr, 4, &info, nullptr, 2),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(info, 0);
}

TEST_F(Cublas, MatrixComesBackAsItWentToTheDevice) {
  std::uintptr_t address = 0;
  ASSERT_EQ(simulation().memory.allocate(0, 4096, address), Status::ok);
  auto* const device = reinterpret_cast<float*>(address);
  const std::array<float, 6> two_columns = {1, 2, -1, 3, 4, -1};  // 2 × 2, a column every 3 numbers
  ASSERT_EQ(cublasSetMatrix(2, 2, 4, two_columns.data(), 3, device, 2), CUBLAS_STATUS_SUCCESS);
  std::array<float, 8> back{};
  ASSERT_EQ(cublasGetMatrix(2, 2, 4, device, 2, back.data(), 4), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(back, (std::array<float, 8>{1, 2, 0, 0, 3, 4, 0, 0}));
  EXPECT_EQ(cublasSetMatrix(2, 2, 4, two_columns.data(), 1, device, 2), CUBLAS_STATUS_INVALID_VALUE);
  simulation().memory.release(address, {MemoryKind::device});
}

TEST_F(Cublas, LtTakesItsHandleAndGivesAttributesBack) {
  cublasLtMatmulDesc_t product = nullptr;
  ASSERT_EQ(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  const cublasOperation_t transposed = CUBLAS_OP_T;
  EXPECT_EQ(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
            CUBLAS_STATUS_SUCCESS);

  cublasOperation_t read{};
  std::size_t bytes = 0;
  EXPECT_EQ(cublasLtMatmulDescGetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &read, sizeof read, &bytes),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(read, CUBLAS_OP_T);
  EXPECT_EQ(bytes, 4U);
  std::int32_t compute_type = 0;
  cublasLtMatmulDescGetAttribute(product, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, &compute_type, 4, nullptr);
  EXPECT_EQ(compute_type, CUBLAS_COMPUTE_32F);
  std::int32_t bias_type = 0;
  cublasLtMatmulDescGetAttribute(product, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, &bias_type, 4, nullptr);
  EXPECT_EQ(bias_type, -1);  // documented default
  EXPECT_EQ(cublasLtMatmulDescGetAttribute(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, nullptr, 0, &bytes),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(bytes, 8U);
  EXPECT_EQ(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias_type, 4),
            CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(cublasLtMatmulDescDestroy(product), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
            CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(Cublas, LtHasOneAlgorithmWithoutWorkspaceAndSaysSoIfThatMatters) {
  auto* const light = reinterpret_cast<cublasLtHandle_t>(handle_);
  cublasLtMatmulDescOpaque_t product{};  // in the program's own storage
  ASSERT_EQ(cublasLtMatmulDescInit(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  cublasLtMatrixLayout_t layout = nullptr;
  ASSERT_EQ(cublasLtMatrixLayoutCreate(&layout, CUDA_R_16BF, 64, 32, 64), CUBLAS_STATUS_SUCCESS);
  cublasLtMatmulPreference_t preference = nullptr;
  ASSERT_EQ(cublasLtMatmulPreferenceCreate(&preference), CUBLAS_STATUS_SUCCESS);
  const std::uint64_t allowed = 1 << 20;
  cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &allowed, sizeof allowed);

  std::array<cublasLtMatmulHeuristicResult_t, 3> results{};
  int count = 0;
  ASSERT_EQ(cublasLtMatmulAlgoGetHeuristic(light, &product, layout, layout, layout, layout, preference, 3,
                                           results.data(), &count),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(results[0].state, CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(results[0].workspaceSize, 0U);

  const auto multiply = [&](std::size_t workspace_bytes) {
    return cublasLtMatmul(light, &product, nullptr, nullptr, layout, nullptr, layout, nullptr, nullptr, layout, nullptr,
                          layout, &results[0].algo, nullptr, workspace_bytes, nullptr);
  };
  const auto noted = [] {
    std::uint64_t times = 0;
    for (const auto& counted : simulation().coverage.memory_not_included())
      times += counted.what == "workspace of cublasLtMatmul" ? counted.times : 0;
    return times;
  };
  EXPECT_EQ(multiply(allowed), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(noted(), 0U);  // the program brings one, which is in the figures
  EXPECT_EQ(multiply(0), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(noted(), 1U);
  cublasLtMatrixLayoutDestroy(layout);
  EXPECT_EQ(multiply(0), CUBLAS_STATUS_INVALID_VALUE);
  cublasLtMatmulPreferenceDestroy(preference);
}

}  // namespace
}  // namespace profile_train::simulator
