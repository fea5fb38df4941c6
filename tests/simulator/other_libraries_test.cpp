// cuFFT, cuRAND, cuFile, and what is not implemented. cublas_test.cpp sets up the card of this program.
#include <cublas_api.h>
#include <cudnn.h>
#include <cufft.h>
#include <cufftXt.h>
#include <cufile.h>
#include <curand.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "simulator/simulation.h"
#include "simulator/unimplemented.h"
#include "tests/simulator/library_queries.h"

namespace profile_train::simulator {
namespace {

TEST(Cufft, PlanIsMadeBeforeItRuns) {
  cufftHandle plan = 0;
  ASSERT_EQ(cufftCreate(&plan), CUFFT_SUCCESS);
  EXPECT_EQ(cufftXtExec(plan, nullptr, nullptr, CUFFT_FORWARD), CUFFT_INVALID_PLAN);
  std::array<long long, 1> lengths = {1000};
  std::size_t bytes = 77;
  EXPECT_EQ(cufftXtMakePlanMany(plan, 1, lengths.data(), nullptr, 1, 1, CUDA_C_32F, nullptr, 1, 1, CUDA_C_32F, 4,
                                &bytes, CUDA_C_32F),
            CUFFT_SUCCESS);
  EXPECT_EQ(bytes, 0U);
  EXPECT_TRUE(is_noted("workspace of cuFFT's plans"));

  const std::uint64_t before = simulation().launches.total();
  EXPECT_EQ(cufftXtExec(plan, nullptr, nullptr, CUFFT_FORWARD), CUFFT_SUCCESS);
  EXPECT_EQ(simulation().launches.total(), before + 1);
  EXPECT_EQ(cufftDestroy(plan), CUFFT_SUCCESS);
  EXPECT_EQ(cufftDestroy(plan), CUFFT_INVALID_PLAN);
  EXPECT_EQ(cufftXtExec(plan, nullptr, nullptr, CUFFT_FORWARD), CUFFT_INVALID_PLAN);
}

TEST(Curand, GeneratorLaunchesUntilItIsDestroyed) {
  curandGenerator_t generator = nullptr;
  ASSERT_EQ(curandCreateGenerator(&generator, CURAND_RNG_PSEUDO_DEFAULT), CURAND_STATUS_SUCCESS);
  EXPECT_EQ(curandSetPseudoRandomGeneratorSeed(generator, 42), CURAND_STATUS_SUCCESS);
  const std::uint64_t before = simulation().launches.total();
  EXPECT_EQ(curandGenerateUniform(generator, nullptr, 16), CURAND_STATUS_SUCCESS);
  EXPECT_EQ(simulation().launches.total(), before + 1);
  EXPECT_EQ(curandDestroyGenerator(generator), CURAND_STATUS_SUCCESS);
  EXPECT_EQ(curandGenerateUniform(generator, nullptr, 16), CURAND_STATUS_NOT_INITIALIZED);
}

TEST(CuFile, GivesBackWhatTheHostHadWrittenAndSaysThatItSavesNoRealValues) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  CUfileDescr_t description{};
  description.type = CU_FILE_HANDLE_TYPE_OPAQUE_FD;
  description.handle.fd = fileno(file);
  CUfileHandle_t handle = nullptr;
  ASSERT_EQ(cuFileHandleRegister(&handle, &description).err, CU_FILE_SUCCESS);

  std::uintptr_t address = 0;
  ASSERT_EQ(simulation().memory.allocate(0, 4096, address), Status::ok);
  auto* const device = reinterpret_cast<void*>(address);
  const std::array<char, 4> text = {'f', 'o', 'u', 'r'};
  simulation().contents.write(address, text.data(), text.size());
  EXPECT_EQ(cuFileWrite(handle, device, 4, 8, 0), 4);  // at byte 8 of the file
  EXPECT_EQ(simulation().reads.count(ReadKind::saved), 1U);
  EXPECT_EQ(cuFileRead(handle, device, 100, 8, 1024), 4);  // there is no more in the file
  std::array<char, 4> back{};
  EXPECT_TRUE(simulation().contents.read(address + 1024, back.data(), back.size()));
  EXPECT_EQ(back, text);

  cuFileHandleDeregister(handle);
  EXPECT_EQ(cuFileRead(handle, device, 4, 0, 0), -CU_FILE_HANDLE_NOT_REGISTERED);
  simulation().memory.release(address, {MemoryKind::device});
  std::fclose(file);
}

TEST(Unimplemented, CallReturnsItsLibrarysErrorAndIsNamed) {
  EXPECT_EQ(profile_train_simcuda_unimplemented("cublasXtSgemm"), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(profile_train_simcuda_unimplemented("cudnnMultiHeadAttnForward"), CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(profile_train_simcuda_unimplemented("cuFileGetVersion"), CU_FILE_INTERNAL_ERROR);
  EXPECT_EQ(profile_train_simcuda_unimplemented("cudaMallocArray"), 801);  // cudaErrorNotSupported
  EXPECT_EQ(profile_train_simcuda_unimplemented("cuGraphAddNode_v2"), CUDA_ERROR_NOT_SUPPORTED);
  const auto calls = simulation().coverage.calls_not_implemented();
  ASSERT_EQ(calls.size(), 5U);
  EXPECT_EQ(calls.front().what, "cuFileGetVersion");
}

}  // namespace
}  // namespace profile_train::simulator
