#include <cudnn.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "simulator/api/cudnn_rnn_weights.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator::cudnn {
namespace {

// Small enough for paper: input 3, state 5.
Rnn lstm() { return {.cell = CUDNN_LSTM, .input = 3, .hidden = 5, .projection = 5, .layers = 1}; }

TEST(RnnWeights, AnLstmHasFourGatesWithTwoMatricesAndTwoBiasesEach) {
  // 4 gates of (5 × 3 of the input + 5 × 5 of the state + 2 biases of 5)
  EXPECT_EQ(weight_space_elements(lstm()), 4 * (15 + 25 + 10));
}

TEST(RnnWeights, AGruHasThreeGatesAndAPlainCellOne) {
  Rnn rnn = lstm();
  rnn.cell = CUDNN_GRU;
  EXPECT_EQ(weight_space_elements(rnn), 3 * (15 + 25 + 10));
  rnn.cell = CUDNN_RNN_TANH;
  EXPECT_EQ(weight_space_elements(rnn), 15 + 25 + 10);
}

TEST(RnnWeights, ALaterBidirectionalLayerReadsBothDirections) {
  Rnn rnn = lstm();
  rnn.layers = 2;
  rnn.direction = CUDNN_BIDIRECTIONAL;
  const std::int64_t first = 4 * (5 * 3 + 5 * 5);
  const std::int64_t second = 4 * (5 * 10 + 5 * 5);
  EXPECT_EQ(weight_space_elements(rnn), 2 * first + 2 * second + 4 * (4 * 2 * 5));  // 1080
  EXPECT_EQ(weight_space_elements(rnn), 1080);
}

TEST(RnnWeights, AProjectionNarrowsWhatTheNextStepAndLayerRead) {
  Rnn rnn = lstm();
  rnn.layers = 2;
  rnn.projection = 2;
  const std::int64_t first = 4 * (5 * 3 + 5 * 2) + 2 * 5;
  const std::int64_t second = 4 * (5 * 2 + 5 * 2) + 2 * 5;
  EXPECT_EQ(weight_space_elements(rnn), first + second + 2 * (4 * 2 * 5));
}

TEST(RnnWeights, BiasesCountByTheirMode) {
  Rnn rnn = lstm();
  rnn.bias = CUDNN_RNN_NO_BIAS;
  EXPECT_EQ(weight_space_elements(rnn), 160);
  rnn.bias = CUDNN_RNN_SINGLE_INP_BIAS;
  EXPECT_EQ(weight_space_elements(rnn), 160 + 20);
  EXPECT_TRUE(weight_bias(rnn, 0, 0));
  EXPECT_FALSE(weight_bias(rnn, 0, 4));
  rnn.bias = CUDNN_RNN_SINGLE_REC_BIAS;
  EXPECT_FALSE(weight_bias(rnn, 0, 0));
  EXPECT_TRUE(weight_bias(rnn, 0, 4));
}

TEST(RnnWeights, ASkippedInputHasNoMatrices) {
  Rnn rnn = lstm();
  rnn.input = 5;
  rnn.input_mode = CUDNN_SKIP_INPUT;
  EXPECT_EQ(weight_space_elements(rnn), 4 * (25 + 10));
  EXPECT_FALSE(weight_matrix(rnn, 0, 0));
  EXPECT_EQ(weight_matrix(rnn, 0, 4)->offset, 0);
}

/// Every element of the weight space belongs to one matrix or bias, and to one only.
TEST(RnnWeights, BlocksFillTheSpaceWithoutGapsOrOverlaps) {
  for (const auto cell : {CUDNN_RNN_RELU, CUDNN_LSTM, CUDNN_GRU}) {
    for (const auto bias : {CUDNN_RNN_NO_BIAS, CUDNN_RNN_SINGLE_INP_BIAS, CUDNN_RNN_DOUBLE_BIAS}) {
      for (const auto direction : {CUDNN_UNIDIRECTIONAL, CUDNN_BIDIRECTIONAL}) {
        for (const std::int64_t projection : {5, 2}) {
          Rnn rnn{.cell = cell, .bias = bias, .direction = direction, .input = 3, .hidden = 5, .layers = 3};
          rnn.projection = cell == CUDNN_LSTM ? projection : 5;
          std::vector<int> owners(static_cast<std::size_t>(weight_space_elements(rnn)));
          const auto own = [&](const std::optional<WeightBlock>& block) {
            for (std::int64_t i = 0; block && i < block->rows * block->columns; ++i) {
              ++owners.at(static_cast<std::size_t>(block->offset + i));
            }
          };
          for (std::int64_t layer = 0; layer < rnn.pseudo_layers(); ++layer) {
            for (std::int64_t number = 0; number <= 8; ++number) {
              own(weight_matrix(rnn, layer, number));
              own(weight_bias(rnn, layer, number));
            }
          }
          EXPECT_EQ(owners, std::vector<int>(owners.size(), 1)) << "cell " << cell << " bias " << bias;
        }
      }
    }
  }
}

class RnnCalls : public testing::Test {
 protected:
  static void SetUpTestSuite() { simulate(); }
  void SetUp() override {
    ASSERT_EQ(cudnnCreate(&handle_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnCreateRNNDescriptor(&rnn_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(set_lstm(0), CUDNN_STATUS_SUCCESS);
  }
  void TearDown() override {
    cudnnDestroyRNNDescriptor(rnn_);
    cudnnDestroy(handle_);
  }
  cudnnStatus_t set_lstm(int projection) {
    return cudnnSetRNNDescriptor_v8(rnn_, CUDNN_RNN_ALGO_STANDARD, CUDNN_LSTM, CUDNN_RNN_DOUBLE_BIAS,
                                    CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT, CUDNN_DATA_HALF, CUDNN_DATA_FLOAT,
                                    CUDNN_DEFAULT_MATH, 3, 5, projection, 1, nullptr, 0);
  }

  cudnnHandle_t handle_ = nullptr;
  cudnnRNNDescriptor_t rnn_ = nullptr;
};

TEST_F(RnnCalls, TheWeightSpaceIsExactInBytes) {
  std::size_t bytes = 0;
  ASSERT_EQ(cudnnGetRNNWeightSpaceSize(handle_, rnn_, &bytes), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(bytes, 200U * 2);  // half precision
}

TEST_F(RnnCalls, AMatrixIsLocatedAndDescribed) {
  cudnnTensorDescriptor_t matrix = nullptr;
  cudnnCreateTensorDescriptor(&matrix);
  auto* const weights = reinterpret_cast<void*>(0x1000);
  void* address = nullptr;
  // The second gate of the recurrent state: after 4 matrices of 5 × 3 and one of 5 × 5.
  ASSERT_EQ(cudnnGetRNNWeightParams(handle_, rnn_, 0, 400, weights, 5, matrix, &address, nullptr, nullptr),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address), 0x1000U + (60 + 25) * 2);
  std::array<int, 3> dims{};
  std::array<int, 3> strides{};
  int count = 0;
  cudnnDataType_t dtype{};
  ASSERT_EQ(cudnnGetTensorNdDescriptor(matrix, 3, &dtype, &count, dims.data(), strides.data()), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(count, 3);
  EXPECT_EQ(dims, (std::array{1, 5, 5}));
  EXPECT_EQ(dtype, CUDNN_DATA_HALF);

  // No projection: no ninth matrix. Weights that are too small: an error.
  ASSERT_EQ(cudnnGetRNNWeightParams(handle_, rnn_, 0, 400, weights, 8, matrix, &address, nullptr, nullptr),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(address, nullptr);
  EXPECT_EQ(cudnnGetRNNWeightParams(handle_, rnn_, 0, 399, weights, 0, matrix, &address, nullptr, nullptr),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnGetRNNWeightParams(handle_, rnn_, 1, 400, weights, 0, matrix, &address, nullptr, nullptr),
            CUDNN_STATUS_BAD_PARAM);
  cudnnDestroyTensorDescriptor(matrix);
}

TEST_F(RnnCalls, AProjectionWiderThanTheStateIsRefused) { EXPECT_EQ(set_lstm(6), CUDNN_STATUS_BAD_PARAM); }

}  // namespace
}  // namespace profile_train::simulator::cudnn
