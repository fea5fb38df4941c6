#include "simulator/api/cudnn_rnn_weights.h"

namespace profile_train::simulator::cudnn {
namespace {

std::int64_t gates(const Rnn& rnn) {
  switch (rnn.cell) {
    case CUDNN_LSTM: return 4;  // input, forget, cell, output
    case CUDNN_GRU: return 3;   // reset, update, new
    default: return 1;
  }
}

/// Width of what a layer reads. A bidirectional layer hands on both directions side by side.
std::int64_t input_width(const Rnn& rnn, std::int64_t pseudo_layer) {
  const bool first = pseudo_layer < rnn.directions();
  return first ? rnn.input : rnn.recurrent() * rnn.directions();
}

bool is_skipped(const Rnn& rnn, std::int64_t pseudo_layer) {
  return rnn.input_mode == CUDNN_SKIP_INPUT && pseudo_layer < rnn.directions();
}

std::int64_t matrices_of(const Rnn& rnn, std::int64_t pseudo_layer) {
  const std::int64_t input =
      is_skipped(rnn, pseudo_layer) ? 0 : gates(rnn) * rnn.hidden * input_width(rnn, pseudo_layer);
  const std::int64_t recurrent = gates(rnn) * rnn.hidden * rnn.recurrent();
  const std::int64_t projection = rnn.projects() ? rnn.projection * rnn.hidden : 0;
  return input + recurrent + projection;
}

std::int64_t matrices_before(const Rnn& rnn, std::int64_t pseudo_layer) {
  std::int64_t elements = 0;
  for (std::int64_t layer = 0; layer < pseudo_layer; ++layer) elements += matrices_of(rnn, layer);
  return elements;
}

std::int64_t bias_vectors(const Rnn& rnn) {
  switch (rnn.bias) {
    case CUDNN_RNN_NO_BIAS: return 0;
    case CUDNN_RNN_DOUBLE_BIAS: return 2;
    default: return 1;
  }
}

}  // namespace

std::int64_t weight_space_elements(const Rnn& rnn) {
  const std::int64_t biases = rnn.pseudo_layers() * bias_vectors(rnn) * gates(rnn) * rnn.hidden;
  return matrices_before(rnn, rnn.pseudo_layers()) + biases;
}

std::optional<WeightBlock> weight_matrix(const Rnn& rnn, std::int64_t pseudo_layer, std::int64_t number) {
  const std::int64_t width = input_width(rnn, pseudo_layer);
  const std::int64_t input_elements = is_skipped(rnn, pseudo_layer) ? 0 : rnn.hidden * width;  // of one gate
  const std::int64_t begin = matrices_before(rnn, pseudo_layer);
  const std::int64_t recurrent_begin = begin + gates(rnn) * input_elements;
  if (number < gates(rnn)) {
    if (input_elements == 0) return std::nullopt;
    return WeightBlock{begin + number * input_elements, rnn.hidden, width};
  }
  if (number < 2 * gates(rnn)) {
    const std::int64_t gate = number - gates(rnn);
    return WeightBlock{recurrent_begin + gate * rnn.hidden * rnn.recurrent(), rnn.hidden, rnn.recurrent()};
  }
  if (number > 2 * gates(rnn) || !rnn.projects()) return std::nullopt;
  return WeightBlock{recurrent_begin + gates(rnn) * rnn.hidden * rnn.recurrent(), rnn.projection, rnn.hidden};
}

std::optional<WeightBlock> weight_bias(const Rnn& rnn, std::int64_t pseudo_layer, std::int64_t number) {
  const bool recurrent = number >= gates(rnn);
  if (number >= 2 * gates(rnn) || rnn.bias == CUDNN_RNN_NO_BIAS) return std::nullopt;
  if (rnn.bias == CUDNN_RNN_SINGLE_INP_BIAS && recurrent) return std::nullopt;
  if (rnn.bias == CUDNN_RNN_SINGLE_REC_BIAS && !recurrent) return std::nullopt;
  const std::int64_t vector = rnn.bias == CUDNN_RNN_DOUBLE_BIAS ? number : number % gates(rnn);
  const std::int64_t before = pseudo_layer * bias_vectors(rnn) * gates(rnn) + vector;
  return WeightBlock{matrices_before(rnn, rnn.pseudo_layers()) + before * rnn.hidden, rnn.hidden, 1};
}

}  // namespace profile_train::simulator::cudnn
