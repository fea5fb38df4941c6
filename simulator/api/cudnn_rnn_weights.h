#pragma once

#include <cudnn.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace profile_train::simulator::cudnn {

/// A recurrent network as cudnnSetRNNDescriptor_v8() describes it.
struct Rnn {
  cudnnRNNAlgo_t algorithm = CUDNN_RNN_ALGO_STANDARD;
  cudnnRNNMode_t cell = CUDNN_RNN_RELU;
  cudnnRNNBiasMode_t bias = CUDNN_RNN_DOUBLE_BIAS;
  cudnnDirectionMode_t direction = CUDNN_UNIDIRECTIONAL;
  cudnnRNNInputMode_t input_mode = CUDNN_LINEAR_INPUT;
  cudnnDataType_t dtype = CUDNN_DATA_FLOAT;
  cudnnMathType_t math_type = CUDNN_DEFAULT_MATH;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  std::int64_t projection = 0;  ///< equal to `hidden`: no projection
  std::int64_t layers = 0;

  std::int64_t directions() const { return direction == CUDNN_BIDIRECTIONAL ? 2 : 1; }
  std::int64_t pseudo_layers() const { return layers * directions(); }
  bool projects() const { return cell == CUDNN_LSTM && projection != hidden; }
  std::int64_t recurrent() const {
    return projects() ? projection : hidden;
  }  ///< width of what goes on to the next step
};

/// A matrix or bias of the weight space, in elements.
struct WeightBlock {
  std::int64_t offset = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// The weight space: one piece of memory with all matrices of all pseudo-layers (layer 0 forward, layer 0 backward,
/// layer 1 forward, …), then all biases in the same order, without gaps. Within a pseudo-layer come the matrices of the
/// input, one for each gate, those of the recurrent state, then the projection.
///
/// Exact: it holds what the cell's formulas name, and nothing else.
std::int64_t weight_space_elements(const Rnn& rnn);

/// By the number that cudnnGetRNNWeightParams() gives a matrix and its bias: input gates, recurrent gates, projection.
/// None: there is no such matrix or bias.
std::optional<WeightBlock> weight_matrix(const Rnn& rnn, std::int64_t pseudo_layer, std::int64_t number);
std::optional<WeightBlock> weight_bias(const Rnn& rnn, std::int64_t pseudo_layer, std::int64_t number);

}  // namespace profile_train::simulator::cudnn
