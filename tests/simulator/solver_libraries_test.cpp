// cuSOLVER, cuSPARSE and cuSPARSELt. cublas_test.cpp sets up the card of this program.
#include <cusolverDn.h>
#include <cusparse.h>
#include <cusparseLt.h>
#include <gtest/gtest.h>

#include <array>

#include "simulator/simulation.h"
#include "tests/simulator/library_queries.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // LibTorch calls functions that cuSPARSE gives up

namespace profile_train::simulator {
namespace {

class Cusolver : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cusolverDnCreate(&handle_), CUSOLVER_STATUS_SUCCESS); }
  void TearDown() override { cusolverDnDestroy(handle_); }
  cusolverDnHandle_t handle_ = nullptr;
};

TEST_F(Cusolver, ObjectsAreOfTheirKindUntilTheyAreDestroyed) {
  gesvdjInfo_t info = nullptr;
  ASSERT_EQ(cusolverDnCreateGesvdjInfo(&info), CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(cusolverDnXgesvdjSetTolerance(info, 1e-5), CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(cusolverDnXsyevjSetTolerance(reinterpret_cast<syevjInfo_t>(info), 1e-5), CUSOLVER_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(cusolverDnDestroyGesvdjInfo(info), CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(cusolverDnXgesvdjSetTolerance(info, 1e-5), CUSOLVER_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(cusolverDnSetStream(nullptr, nullptr), CUSOLVER_STATUS_NOT_INITIALIZED);
}

TEST_F(Cusolver, WorkspaceIsNoneAndTheSummarySaysSo) {
  int elements = 77;
  EXPECT_EQ(cusolverDnDgetrf_bufferSize(handle_, 8, 8, nullptr, 8, &elements), CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(elements, 0);
  EXPECT_TRUE(is_noted("workspace of cusolverDnDgetrf"));
  EXPECT_EQ(cusolverDnDgetrf_bufferSize(nullptr, 8, 8, nullptr, 8, &elements), CUSOLVER_STATUS_NOT_INITIALIZED);
}

TEST_F(Cusolver, EveryQueryHasTheArgumentsOfTheHeader) {
  const auto in_elements = [&](auto* query) { return gives_zeros<int>(query, handle_); };
  const auto in_bytes = [&](auto* query) { return gives_zeros<std::size_t>(query, handle_); };
  EXPECT_TRUE(in_elements(cusolverDnSpotrf_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSpotri_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSlauum_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgetrf_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgeqrf_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsytrf_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsytri_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgebrd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgesvd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgesvdj_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgesvdjBatched_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSgesvdaStridedBatched_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSorgqr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCungqr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSormqr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCunmqr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSorgbr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCungbr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsytrd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnChetrd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSorgtr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCungtr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSormtr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCunmtr_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsyevd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCheevd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsyevj_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCheevj_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsyevjBatched_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnCheevjBatched_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsygvd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnChegvd_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnSsygvj_bufferSize));
  EXPECT_TRUE(in_elements(cusolverDnChegvj_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXtrtri_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXpotrf_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXgetrf_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXgeqrf_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXsytrs_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXsyevd_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXsyevBatched_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXlarft_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXgeev_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXgesvd_bufferSize));
  EXPECT_TRUE(in_bytes(cusolverDnXgesvdr_bufferSize));
}

TEST_F(Cusolver, ResidualsOfABatchAreOneForEachMatrix) {
  std::array<double, 3> residuals = {7.0, 7.0, 7.0};
  EXPECT_EQ(cusolverDnSgesvdaStridedBatched(handle_, CUSOLVER_EIG_MODE_VECTOR, 4, 4, 4, nullptr, 4, 16, nullptr, 4,
                                            nullptr, 4, 16, nullptr, 4, 16, nullptr, 0, nullptr, residuals.data(), 2),
            CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(residuals, (std::array<double, 3>{0.0, 0.0, 7.0}));
}

class Cusparse : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cusparseCreate(&handle_), CUSPARSE_STATUS_SUCCESS); }
  void TearDown() override { cusparseDestroy(handle_); }
  static std::uint64_t shapes() { return simulation().reads.count(ReadKind::shape); }
  cusparseHandle_t handle_ = nullptr;
};

void* at(std::uintptr_t address) { return reinterpret_cast<void*>(address); }

cusparseSpMatDescr_t csr(int64_t rows, int64_t columns, int64_t nonzeros) {
  cusparseSpMatDescr_t matrix = nullptr;
  EXPECT_EQ(cusparseCreateCsr(&matrix, rows, columns, nonzeros, at(64), at(128), at(192), CUSPARSE_INDEX_32I,
                              CUSPARSE_INDEX_64I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F),
            CUSPARSE_STATUS_SUCCESS);
  return matrix;
}

TEST_F(Cusparse, MatrixHoldsWhatItWasMadeOf) {
  cusparseSpMatDescr_t matrix = csr(8, 16, 24);
  int64_t rows = 0, columns = 0, nonzeros = 0;
  void *offsets = nullptr, *indices = nullptr, *values = nullptr;
  cusparseIndexType_t offsets_type{}, indices_type{};
  cusparseIndexBase_t base{};
  cudaDataType type{};
  EXPECT_EQ(cusparseCsrSetPointers(matrix, at(64), at(128), at(256)), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(cusparseCsrGet(matrix, &rows, &columns, &nonzeros, &offsets, &indices, &values, &offsets_type,
                           &indices_type, &base, &type),
            CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(rows, 8);
  EXPECT_EQ(columns, 16);
  EXPECT_EQ(nonzeros, 24);
  EXPECT_EQ(values, at(256));
  EXPECT_EQ(offsets_type, CUSPARSE_INDEX_32I);
  EXPECT_EQ(indices_type, CUSPARSE_INDEX_64I);
  EXPECT_EQ(type, CUDA_R_64F);

  cusparseFillMode_t fill = CUSPARSE_FILL_MODE_UPPER, read = CUSPARSE_FILL_MODE_LOWER;
  EXPECT_EQ(cusparseSpMatSetAttribute(matrix, CUSPARSE_SPMAT_FILL_MODE, &fill, sizeof fill), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(cusparseSpMatGetAttribute(matrix, CUSPARSE_SPMAT_FILL_MODE, &read, sizeof read), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(read, CUSPARSE_FILL_MODE_UPPER);
  EXPECT_EQ(cusparseDestroySpMat(matrix), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(cusparseSpMatGetSize(matrix, &rows, &columns, &nonzeros), CUSPARSE_STATUS_INVALID_VALUE);
}

TEST_F(Cusparse, SizeOfAProductIsAShapeThatNobodyKnows) {
  cusparseSpMatDescr_t factor = csr(8, 8, 16);
  cusparseSpMatDescr_t product = csr(8, 8, 0);
  int64_t rows = 0, columns = 0, nonzeros = -1;
  const std::uint64_t before = shapes();
  EXPECT_EQ(cusparseSpMatGetSize(factor, &rows, &columns, &nonzeros), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(nonzeros, 16);
  EXPECT_EQ(shapes(), before);

  std::size_t bytes = 77;
  const float one = 1.0F;
  EXPECT_EQ(
      cusparseSpGEMM_compute(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, &one, factor,
                             factor, &one, product, CUDA_R_32F, CUSPARSE_SPGEMM_DEFAULT, nullptr, &bytes, nullptr),
      CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(bytes, 0U);
  EXPECT_EQ(cusparseSpMatGetSize(product, &rows, &columns, &nonzeros), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(nonzeros, 0);
  EXPECT_EQ(shapes(), before + 1);
  cusparseDestroySpMat(factor);
  cusparseDestroySpMat(product);
}

TEST_F(Cusparse, SumHasAtMostThePlacesOfBoth) {
  int nonzeros = 0;
  EXPECT_EQ(cusparseXcsrgeam2Nnz(handle_, 8, 8, nullptr, 10, nullptr, nullptr, nullptr, 5, nullptr, nullptr, nullptr,
                                 nullptr, &nonzeros, nullptr),
            CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(nonzeros, 15);
}

TEST_F(Cusparse, EveryQueryHasTheArgumentsOfTheHeader) {
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSpMV_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSpSV_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSpSM_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSpMM_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSDDMM_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseSparseToDense_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseXcoosort_bufferSizeExt, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseXcsrsort_bufferSizeExt, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseXcscsort_bufferSizeExt, handle_));
  EXPECT_TRUE(gives_zeros<std::size_t>(cusparseScsrgeam2_bufferSizeExt, handle_));
  EXPECT_TRUE(gives_zeros<int>(cusparseSbsrsv2_bufferSize, handle_));
  EXPECT_TRUE(gives_zeros<int>(cusparseSbsrsm2_bufferSize, handle_));
}

TEST(CusparseLt, HalfOfTheValuesAndTheirPlacesAreKept) {
  cusparseLtHandle_t handle{};
  cusparseLtMatDescriptor_t matrix{};
  std::size_t bytes = 0, buffer_bytes = 77;
  EXPECT_EQ(cusparseLtSpMMACompressedSize2(&handle, &matrix, &bytes, &buffer_bytes), CUSPARSE_STATUS_NOT_INITIALIZED);
  ASSERT_EQ(cusparseLtInit(&handle), CUSPARSE_STATUS_SUCCESS);
  ASSERT_EQ(cusparseLtStructuredDescriptorInit(&handle, &matrix, 64, 128, 128, 16, CUDA_R_16F, CUSPARSE_ORDER_ROW,
                                               CUSPARSELT_SPARSITY_50_PERCENT),
            CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(cusparseLtSpMMACompressedSize2(&handle, &matrix, &bytes, &buffer_bytes), CUSPARSE_STATUS_SUCCESS);
  EXPECT_EQ(bytes, 64U * 128 * 2 / 2 + 64 * 128 / 8);  // half of 2-byte values, a byte for each 8 places
  EXPECT_EQ(buffer_bytes, 0U);
  cusparseLtMatDescriptorDestroy(&matrix);
  cusparseLtDestroy(&handle);
}

}  // namespace
}  // namespace profile_train::simulator
