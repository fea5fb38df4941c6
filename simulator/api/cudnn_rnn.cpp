// cuDNN: recurrent networks.

#include "simulator/api/cudnn_objects.h"
#include "simulator/api/cudnn_rnn_weights.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;
using cudnn::fail;
using cudnn::Rnn;
using cudnn::unknown_object;
using cudnn::WeightBlock;

namespace profile_train::simulator::cudnn {
namespace {

/// "lstm T 128 B 32 I 256 H 512 layers 2 bidirectional": what its workspaces may depend on.
std::string rnn_shape(const Rnn& rnn, const RnnData& x, cudnnForwardMode_t mode) {
  constexpr const char* kCells[] = {"relu", "tanh", "lstm", "gru"};
  std::string shape = fmt::format("{} T {} B {} I {} H {} layers {}", kCells[rnn.cell], x.steps, x.batch, rnn.input,
                                  rnn.hidden, rnn.layers);
  if (rnn.projects()) shape += fmt::format(" projection {}", rnn.projection);
  if (rnn.direction == CUDNN_BIDIRECTIONAL) shape += " bidirectional";
  if (x.layout == CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED) shape += " packed";
  if (rnn.algorithm == CUDNN_RNN_ALGO_PERSIST_STATIC) shape += " persistent";
  if (rnn.algorithm == CUDNN_RNN_ALGO_PERSIST_DYNAMIC) shape += " dynamically persistent";
  if (rnn.algorithm == CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H) shape += " persistent, small H";
  return shape + (mode == CUDNN_FWD_MODE_TRAINING ? " training" : " inference");
}

/// Describes and locates one block of the weight space; what the caller does not ask for is null.
cudnnStatus_t hand_out(const char* call, const std::optional<WeightBlock>& block, cudnnDataType_t dtype,
                       const void* weights, cudnnTensorDescriptor_t tensor, void** address) {
  Tensor described{.dtype = dtype};
  if (block) {
    const int rows = static_cast<int>(block->rows);
    const int columns = static_cast<int>(block->columns);
    described.dims = {1, rows, columns};
    described.strides = {rows * columns, columns, 1};
  }
  if (address != nullptr) {
    const auto offset = block ? static_cast<std::uint64_t>(block->offset) * size_of(dtype) : 0;
    const Handle begin = block ? handle_of(weights) + offset : 0;
    *address = reinterpret_cast<void*>(begin);  // NOLINT(performance-no-int-to-ptr): an address of the device
  }
  return tensor == nullptr ? CUDNN_STATUS_SUCCESS : assign(tensor, std::move(described), call);
}

}  // namespace
}  // namespace profile_train::simulator::cudnn

// ---- descriptors

SIMULATED cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t* rnn) { return cudnn::create(rnn, __func__); }
SIMULATED cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t rnn) { return cudnn::destroy(rnn, __func__); }
SIMULATED cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t rnn, cudnnRNNAlgo_t algorithm,
                                                 cudnnRNNMode_t cell, cudnnRNNBiasMode_t bias,
                                                 cudnnDirectionMode_t direction, cudnnRNNInputMode_t input_mode,
                                                 cudnnDataType_t dtype, cudnnDataType_t, cudnnMathType_t math_type,
                                                 int32_t input, int32_t hidden, int32_t projection, int32_t layers,
                                                 cudnnDropoutDescriptor_t dropout, uint32_t) {
  if (input < 1 || hidden < 1 || layers < 1 || projection < 0 || projection > hidden || cell < CUDNN_RNN_RELU ||
      cell > CUDNN_GRU) {
    return fail(CUDNN_STATUS_BAD_PARAM, "cudnnSetRNNDescriptor_v8: sizes from 1, a projection no wider than the state");
  }
  if (dropout != nullptr && !cudnn::known(dropout)) return unknown_object(__func__);
  return cudnn::assign(rnn,
                       Rnn{algorithm, cell, bias, direction, input_mode, dtype, math_type, input, hidden,
                           projection == 0 ? hidden : projection, layers},
                       __func__);
}

SIMULATED cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t* data) {
  return cudnn::create(data, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t data) {
  return cudnn::destroy(data, __func__);
}
SIMULATED cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t data, cudnnDataType_t dtype,
                                                  cudnnRNNDataLayout_t layout, int steps, int batch, int width,
                                                  const int lengths[], void*) {
  if (steps < 1 || batch < 1 || width < 1 || lengths == nullptr) {
    return fail(CUDNN_STATUS_BAD_PARAM, "cudnnSetRNNDataDescriptor: sizes from 1, and a length for each sequence");
  }
  return cudnn::assign(data, cudnn::RnnData{dtype, layout, steps, batch, width}, __func__);
}

// ---- sizes

SIMULATED cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t handle, cudnnRNNDescriptor_t descriptor,
                                                   size_t* bytes) {
  const auto rnn = cudnn::find(descriptor);
  if (!cudnn::known(handle) || !rnn || bytes == nullptr) return unknown_object(__func__);
  *bytes = static_cast<std::size_t>(weight_space_elements(*rnn)) * cudnn::size_of(rnn->dtype);
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t handle, cudnnRNNDescriptor_t descriptor,
                                                  cudnnForwardMode_t mode, cudnnRNNDataDescriptor_t data,
                                                  size_t* workspace_bytes, size_t* reserve_bytes) {
  const auto rnn = cudnn::find(descriptor);
  const auto x = cudnn::find(data);
  if (!cudnn::known(handle) || !rnn || !x) return unknown_object(__func__);
  const std::string dtype = cudnn::name_of(rnn->dtype);
  const std::string shape = cudnn::rnn_shape(*rnn, *x, mode);
  if (workspace_bytes != nullptr) *workspace_bytes = cudnn::measured_bytes("RNN workspace", dtype, shape);
  if (reserve_bytes != nullptr) {
    // Inference keeps nothing for a backward.
    const bool training = mode == CUDNN_FWD_MODE_TRAINING;
    *reserve_bytes = training ? cudnn::measured_bytes("RNN reserve space", dtype, shape) : 0;
  }
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t handle, cudnnRNNDescriptor_t descriptor,
                                                int32_t pseudo_layer, size_t bytes, const void* weights, int32_t number,
                                                cudnnTensorDescriptor_t matrix, void** matrix_address,
                                                cudnnTensorDescriptor_t bias, void** bias_address) {
  const auto rnn = cudnn::find(descriptor);
  if (!cudnn::known(handle) || !rnn) return unknown_object(__func__);
  const auto needed = static_cast<std::size_t>(weight_space_elements(*rnn)) * cudnn::size_of(rnn->dtype);
  if (pseudo_layer < 0 || pseudo_layer >= rnn->pseudo_layers() || number < 0 || bytes < needed) {
    return fail(CUDNN_STATUS_BAD_PARAM, fmt::format("cudnnGetRNNWeightParams: layer {} of {}, {} bytes of {}",
                                                    pseudo_layer, rnn->pseudo_layers(), bytes, needed));
  }
  const cudnnStatus_t status =
      cudnn::hand_out(__func__, weight_matrix(*rnn, pseudo_layer, number), rnn->dtype, weights, matrix, matrix_address);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  return cudnn::hand_out(__func__, weight_bias(*rnn, pseudo_layer, number), rnn->dtype, weights, bias, bias_address);
}

// ---- execution

SIMULATED cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t,
                                        const int32_t[], cudnnRNNDataDescriptor_t x, const void*,
                                        cudnnRNNDataDescriptor_t y, void*, cudnnTensorDescriptor_t h, const void*,
                                        void*, cudnnTensorDescriptor_t, const void*, void*, size_t, const void*, size_t,
                                        void*, size_t, void*) {
  return cudnn::run(__func__, handle, rnn, x, y, h);
}
SIMULATED cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, const int32_t[],
                                                cudnnRNNDataDescriptor_t y, const void*, const void*,
                                                cudnnRNNDataDescriptor_t x, void*, cudnnTensorDescriptor_t h,
                                                const void*, const void*, void*, cudnnTensorDescriptor_t, const void*,
                                                const void*, void*, size_t, const void*, size_t, void*, size_t, void*) {
  return cudnn::run(__func__, handle, rnn, y, x, h);
}
SIMULATED cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnWgradMode_t,
                                                   const int32_t[], cudnnRNNDataDescriptor_t x, const void*,
                                                   cudnnTensorDescriptor_t h, const void*, cudnnRNNDataDescriptor_t y,
                                                   const void*, size_t, void*, size_t, void*, size_t, void*) {
  return cudnn::run(__func__, handle, rnn, x, h, y);
}
