// cuDNN: the descriptors of its older calls. What is set is kept and read back; what cannot be is BAD_PARAM.

#include <algorithm>
#include <functional>
#include <span>

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;
using cudnn::assign;
using cudnn::create;
using cudnn::destroy;
using cudnn::fail;

namespace {

/// None of `count` numbers below `least`; an array that is missing is none either.
bool all_at_least(int least, const int* values, int count) {
  if (values == nullptr || count <= 0 || count > CUDNN_DIM_MAX) return false;
  return std::ranges::all_of(std::span(values, static_cast<std::size_t>(count)), [&](int v) { return v >= least; });
}

std::vector<int> copied(const int* values, int count) { return {values, values + count}; }

void read_back(const std::vector<int>& from, int requested, int* to) {
  const auto count = std::min(from.size(), static_cast<std::size_t>(std::max(requested, 0)));
  if (to != nullptr) std::copy_n(from.begin(), count, to);
}

cudnnStatus_t bad_shape(const char* call) {
  return fail(CUDNN_STATUS_BAD_PARAM,
              fmt::format("{}: a number of dimensions beyond {}, or a dimension that cannot be", call, CUDNN_DIM_MAX));
}

}  // namespace

// ---- tensors

SIMULATED cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) {
  return create(tensor, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  return destroy(tensor, __func__);
}
SIMULATED cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t dtype, int count,
                                                   const int dims[], const int strides[]) {
  if (!all_at_least(1, dims, count) || strides == nullptr) return bad_shape(__func__);
  return assign(tensor, cudnn::Tensor{dtype, copied(dims, count), copied(strides, count)}, __func__);
}
SIMULATED cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorDescriptor_t tensor, int requested,
                                                   cudnnDataType_t* dtype, int* count, int dims[], int strides[]) {
  const auto found = cudnn::find(tensor);
  if (!found) return cudnn::unknown_object(__func__);
  if (dtype != nullptr) *dtype = found->dtype;
  if (count != nullptr) *count = static_cast<int>(found->dims.size());
  read_back(found->dims, requested, dims);
  read_back(found->strides, requested, strides);
  return CUDNN_STATUS_SUCCESS;
}

// ---- filters

SIMULATED cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filter) {
  return create(filter, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter) {
  return destroy(filter, __func__);
}
SIMULATED cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t dtype,
                                                   cudnnTensorFormat_t format, int count, const int dims[]) {
  if (!all_at_least(1, dims, count)) return bad_shape(__func__);
  return assign(filter, cudnn::Filter{dtype, format, copied(dims, count)}, __func__);
}
SIMULATED cudnnStatus_t cudnnGetFilterNdDescriptor(const cudnnFilterDescriptor_t filter, int requested,
                                                   cudnnDataType_t* dtype, cudnnTensorFormat_t* format, int* count,
                                                   int dims[]) {
  const auto found = cudnn::find(filter);
  if (!found) return cudnn::unknown_object(__func__);
  if (dtype != nullptr) *dtype = found->dtype;
  if (format != nullptr) *format = found->format;
  if (count != nullptr) *count = static_cast<int>(found->dims.size());
  read_back(found->dims, requested, dims);
  return CUDNN_STATUS_SUCCESS;
}

// ---- convolutions

SIMULATED cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* convolution) {
  return create(convolution, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution) {
  return destroy(convolution, __func__);
}
SIMULATED cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t convolution, int count,
                                                        const int padding[], const int stride[], const int dilation[],
                                                        cudnnConvolutionMode_t, cudnnDataType_t compute_type) {
  if (!all_at_least(0, padding, count) || !all_at_least(1, stride, count) || !all_at_least(1, dilation, count)) {
    return bad_shape(__func__);
  }
  return assign(convolution,
                cudnn::Convolution{.padding = copied(padding, count),
                                   .stride = copied(stride, count),
                                   .dilation = copied(dilation, count),
                                   .compute_type = compute_type},
                __func__);
}
SIMULATED cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t convolution, int groups) {
  if (groups < 1) return fail(CUDNN_STATUS_BAD_PARAM, "cudnnSetConvolutionGroupCount: less than one group");
  const bool known =
      cudnn::table(convolution).change(cudnn::handle_of(convolution), [&](auto& c) { c.groups = groups; });
  return known ? CUDNN_STATUS_SUCCESS : cudnn::unknown_object(__func__);
}
SIMULATED cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t convolution, cudnnMathType_t type) {
  const bool known =
      cudnn::table(convolution).change(cudnn::handle_of(convolution), [&](auto& c) { c.math_type = type; });
  return known ? CUDNN_STATUS_SUCCESS : cudnn::unknown_object(__func__);
}

// ---- activations, pooling

SIMULATED cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* activation) {
  return create(activation, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t activation) {
  return destroy(activation, __func__);
}
SIMULATED cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t activation, cudnnActivationMode_t mode,
                                                     cudnnNanPropagation_t, double coefficient) {
  return assign(activation, cudnn::Activation{mode, coefficient}, __func__);
}

SIMULATED cudnnStatus_t cudnnCreatePoolingDescriptor(cudnnPoolingDescriptor_t* pooling) {
  return create(pooling, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyPoolingDescriptor(cudnnPoolingDescriptor_t pooling) {
  return destroy(pooling, __func__);
}
SIMULATED cudnnStatus_t cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t pooling, cudnnPoolingMode_t mode,
                                                    cudnnNanPropagation_t, int window_height, int window_width, int,
                                                    int, int vertical_stride, int horizontal_stride) {
  if (std::min({window_height, window_width, vertical_stride, horizontal_stride}) < 1) return bad_shape(__func__);
  return assign(pooling, cudnn::Pooling{mode, {window_height, window_width}}, __func__);
}
SIMULATED cudnnStatus_t cudnnPoolingForward(cudnnHandle_t handle, const cudnnPoolingDescriptor_t pooling, const void*,
                                            const cudnnTensorDescriptor_t x, const void*, const void*,
                                            const cudnnTensorDescriptor_t y, void*) {
  return cudnn::run(__func__, handle, pooling, x, y);
}
