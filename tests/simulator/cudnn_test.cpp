#include <cudnn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "simulator/simulation.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr cudnnStatus_t kOk = CUDNN_STATUS_SUCCESS;

std::string last_failure() {
  std::array<char, 256> text{};
  cudnnGetLastErrorString(text.data(), text.size());
  return text.data();
}

class Cudnn : public testing::Test {
 protected:
  static void SetUpTestSuite() { simulate(); }
  void SetUp() override { ASSERT_EQ(cudnnCreate(&handle_), kOk); }
  void TearDown() override { EXPECT_EQ(cudnnDestroy(handle_), kOk); }

  cudnnHandle_t handle_ = nullptr;
};

TEST_F(Cudnn, HasTheVersionOfItsHeaders) {
  EXPECT_EQ(cudnnGetVersion(), static_cast<std::size_t>(CUDNN_VERSION));
  int minor = 0;
  EXPECT_EQ(cudnnGetProperty(MINOR_VERSION, &minor), kOk);
  EXPECT_EQ(minor, CUDNN_MINOR);
}

TEST_F(Cudnn, NamesErrorsAndSaysWhatHappened) {
  EXPECT_STREQ(cudnnGetErrorString(CUDNN_STATUS_BAD_PARAM), "CUDNN_STATUS_BAD_PARAM");
  EXPECT_STREQ(cudnnGetErrorString(CUDNN_STATUS_NOT_SUPPORTED_LAYOUT), "CUDNN_STATUS_NOT_SUPPORTED_LAYOUT");
  EXPECT_EQ(cudnnDestroyTensorDescriptor(nullptr), CUDNN_STATUS_BAD_PARAM);
  EXPECT_THAT(last_failure(), HasSubstr("cudnnDestroyTensorDescriptor"));
  EXPECT_EQ(last_failure(), "");  // asked for once
}

TEST_F(Cudnn, ADestroyedHandleIsUnknown) {
  cudnnHandle_t other = nullptr;
  ASSERT_EQ(cudnnCreate(&other), kOk);
  ASSERT_EQ(cudnnDestroy(other), kOk);
  EXPECT_EQ(cudnnDestroy(other), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnSetStream(other, nullptr), CUDNN_STATUS_BAD_PARAM);
  std::size_t bytes = 0;
  EXPECT_EQ(cudnnDropoutGetStatesSize(other, &bytes), CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, RemembersTheStreamOfAHandle) {
  const Handle made = simulation().streams.create_stream(0, 0, 0);
  auto* const stream = reinterpret_cast<cudaStream_t>(made);  // NOLINT(performance-no-int-to-ptr)
  ASSERT_EQ(cudnnSetStream(handle_, stream), kOk);
  cudaStream_t read = nullptr;
  EXPECT_EQ(cudnnGetStream(handle_, &read), kOk);
  EXPECT_EQ(read, stream);
  simulation().streams.destroy_stream(made);
  EXPECT_EQ(cudnnSetStream(handle_, stream), CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, ATensorReadsBackAsItWasSet) {
  cudnnTensorDescriptor_t tensor = nullptr;
  ASSERT_EQ(cudnnCreateTensorDescriptor(&tensor), kOk);
  const std::array dims = {8, 64, 56, 56};
  const std::array strides = {200704, 3136, 56, 1};
  ASSERT_EQ(cudnnSetTensorNdDescriptor(tensor, CUDNN_DATA_BFLOAT16, 4, dims.data(), strides.data()), kOk);

  cudnnDataType_t dtype{};
  int count = 0;
  std::array<int, 3> read_dims{};
  std::array<int, 3> read_strides{};
  ASSERT_EQ(cudnnGetTensorNdDescriptor(tensor, 3, &dtype, &count, read_dims.data(), read_strides.data()), kOk);
  EXPECT_EQ(dtype, CUDNN_DATA_BFLOAT16);
  EXPECT_EQ(count, 4);
  EXPECT_THAT(read_dims, ElementsAre(8, 64, 56));  // only what was asked for
  EXPECT_THAT(read_strides, ElementsAre(200704, 3136, 56));

  const std::array too_small = {8, 0};
  EXPECT_EQ(cudnnSetTensorNdDescriptor(tensor, CUDNN_DATA_FLOAT, 2, too_small.data(), strides.data()),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(tensor), kOk);
  EXPECT_EQ(cudnnGetTensorNdDescriptor(tensor, 3, &dtype, &count, read_dims.data(), read_strides.data()),
            CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, OneKindOfDescriptorIsNotAnother) {
  cudnnFilterDescriptor_t filter = nullptr;
  ASSERT_EQ(cudnnCreateFilterDescriptor(&filter), kOk);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(reinterpret_cast<cudnnTensorDescriptor_t>(filter)), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnDestroyFilterDescriptor(filter), kOk);
}

TEST_F(Cudnn, AKernelCountsAsOneLaunchAndOnlyWithKnownObjects) {
  cudnnTensorDescriptor_t x = nullptr;
  cudnnPoolingDescriptor_t pooling = nullptr;
  cudnnCreateTensorDescriptor(&x);
  cudnnCreatePoolingDescriptor(&pooling);
  ASSERT_EQ(cudnnSetPooling2dDescriptor(pooling, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, 2, 0, 0, 2, 2), kOk);

  const std::uint64_t before = simulation().launches.total();
  EXPECT_EQ(cudnnPoolingForward(handle_, pooling, nullptr, x, nullptr, nullptr, x, nullptr), kOk);
  EXPECT_EQ(simulation().launches.total(), before + 1);

  cudnnDestroyTensorDescriptor(x);
  EXPECT_EQ(cudnnPoolingForward(handle_, pooling, nullptr, x, nullptr, nullptr, x, nullptr), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(simulation().launches.total(), before + 1);
}

TEST_F(Cudnn, WhatOnlyHardwareKnowsIsNothingAndIsReported) {
  std::size_t bytes = 1;
  ASSERT_EQ(cudnnDropoutGetStatesSize(handle_, &bytes), kOk);
  EXPECT_EQ(bytes, 0U);
  const auto reported = simulation().coverage.memory_not_included();
  EXPECT_THAT(reported,
              Contains(Field(&Coverage::Counted::what, "cuDNN's dropout states (no entry for h200, cudnn 9.19.0)")));
}

TEST_F(Cudnn, ManyThreadsUseDescriptorsOfTheirOwn) {
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        cudnnTensorDescriptor_t x = nullptr;
        const std::array dims = {i + 1, 2};
        const std::array strides = {2, 1};
        int count = 0;
        std::array<int, 2> read{};
        failures += cudnnCreateTensorDescriptor(&x) != kOk;
        failures += cudnnSetTensorNdDescriptor(x, CUDNN_DATA_FLOAT, 2, dims.data(), strides.data()) != kOk;
        failures += cudnnGetTensorNdDescriptor(x, 2, nullptr, &count, read.data(), nullptr) != kOk || read[0] != i + 1;
        failures += cudnnDestroyTensorDescriptor(x) != kOk;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace profile_train::simulator
