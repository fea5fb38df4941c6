#pragma once

#include <cudnn.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/api/cudnn_rnn_weights.h"
#include "simulator/coverage.h"
#include "simulator/handle_table.h"

namespace profile_train::simulator::cudnn {

/// What the program sees as cudnnHandle_t and as the descriptors of cuDNN's older, not graph-based calls.
struct Library {
  Handle stream = 0;
  std::uint64_t charged_bytes = 0;
  int device = 0;
};
struct Tensor {
  cudnnDataType_t dtype = CUDNN_DATA_FLOAT;
  std::vector<int> dims;
  std::vector<int> strides;
};
struct Filter {
  cudnnDataType_t dtype = CUDNN_DATA_FLOAT;
  cudnnTensorFormat_t format = CUDNN_TENSOR_NCHW;
  std::vector<int> dims;
};
struct Convolution {
  std::vector<int> padding;
  std::vector<int> stride;
  std::vector<int> dilation;
  int groups = 1;
  cudnnDataType_t compute_type = CUDNN_DATA_FLOAT;
  cudnnMathType_t math_type = CUDNN_DEFAULT_MATH;
};
struct Activation {
  cudnnActivationMode_t mode = CUDNN_ACTIVATION_RELU;
  double coefficient = 0.0;
};
struct Pooling {
  cudnnPoolingMode_t mode = CUDNN_POOLING_MAX;
  std::vector<int> window;
};
struct Dropout {
  float probability = 0.0F;
};
struct SpatialTransformer {
  cudnnDataType_t dtype = CUDNN_DATA_FLOAT;
  std::vector<int> dims;
};
struct CtcLoss {
  cudnnDataType_t compute_type = CUDNN_DATA_FLOAT;
  int max_label_length = 0;
};
struct RnnData {
  cudnnDataType_t dtype = CUDNN_DATA_FLOAT;
  cudnnRNNDataLayout_t layout = CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED;
  int steps = 0;
  int batch = 0;
  int width = 0;
};

HandleTable<Library>& table(cudnnHandle_t);
HandleTable<Tensor>& table(cudnnTensorDescriptor_t);
HandleTable<Filter>& table(cudnnFilterDescriptor_t);
HandleTable<Convolution>& table(cudnnConvolutionDescriptor_t);
HandleTable<Activation>& table(cudnnActivationDescriptor_t);
HandleTable<Pooling>& table(cudnnPoolingDescriptor_t);
HandleTable<Dropout>& table(cudnnDropoutDescriptor_t);
HandleTable<SpatialTransformer>& table(cudnnSpatialTransformerDescriptor_t);
HandleTable<CtcLoss>& table(cudnnCTCLossDescriptor_t);
HandleTable<Rnn>& table(cudnnRNNDescriptor_t);
HandleTable<RnnData>& table(cudnnRNNDataDescriptor_t);

inline Handle handle_of(const void* object) { return reinterpret_cast<Handle>(object); }

/// Keeps a sentence for cudnnGetLastErrorString() of this thread.
cudnnStatus_t fail(cudnnStatus_t status, std::string sentence);
inline cudnnStatus_t unknown_object(const char* call) {
  return fail(CUDNN_STATUS_BAD_PARAM, fmt::format("{}: an object was never created, or is destroyed", call));
}

template <class Object>
cudnnStatus_t create(Object* object, const char* call) {
  if (object == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, fmt::format("{}: no place to put it", call));
  // NOLINTNEXTLINE(performance-no-int-to-ptr): never looked behind
  *object = reinterpret_cast<Object>(table(Object{}).create());
  return CUDNN_STATUS_SUCCESS;
}
template <class Object>
cudnnStatus_t destroy(Object object, const char* call) {
  return table(object).destroy(handle_of(object)) ? CUDNN_STATUS_SUCCESS : unknown_object(call);
}
/// Puts a new value in the place of the object's.
template <class Object, class Value>
cudnnStatus_t assign(Object object, Value value, const char* call) {
  const bool known = table(object).change(handle_of(object), [&](Value& current) { current = std::move(value); });
  return known ? CUDNN_STATUS_SUCCESS : unknown_object(call);
}
template <class Object>
auto find(Object object) {
  return table(object).find(handle_of(object));
}
template <class... Objects>
bool known(Objects... objects) {
  return (table(objects).contains(handle_of(objects)) && ...);
}

/// A kernel of the library: counted on the stream of the handle, if all objects are known.
template <class... Objects>
cudnnStatus_t run(const char* call, cudnnHandle_t library, Objects... objects);

void launch_on_stream_of(const Library& library);

template <class... Objects>
cudnnStatus_t run(const char* call, cudnnHandle_t library, Objects... objects) {
  const auto found = find(library);
  if (!found || !known(objects...)) return unknown_object(call);
  launch_on_stream_of(*found);
  return CUDNN_STATUS_SUCCESS;
}

/// "bf16", as the calibration file writes it.
std::string name_of(cudnnDataType_t dtype);
std::size_t size_of(cudnnDataType_t dtype);
/// "8x64x56x56".
std::string shape_of(const std::vector<int>& dims);
/// "8x64x56x56 nhwc" if the channels lie next to each other.
std::string shape_of(const Tensor& tensor);

/// "9.19.0": what the headers of this build say, and cudnnGetVersion() with them.
std::string version();

/// Bytes that only hardware knows, by the calibration.
std::optional<std::uint64_t> known_bytes(const std::string& operation, const std::string& dtype,
                                         const std::string& shape);
/// The same for what is about to be used: else 0, and the summary says so.
std::uint64_t measured_bytes(const std::string& operation, const std::string& dtype, const std::string& shape,
                             TakenBy taken_by = TakenBy::program);

}  // namespace profile_train::simulator::cudnn
