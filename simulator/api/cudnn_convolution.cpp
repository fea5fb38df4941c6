// cuDNN: convolutions by the older calls, where the program picks the algorithm. There is one here: that with an entry
// in the calibration, or none.

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;
using cudnn::unknown_object;

namespace {

/// What a convolution is called with, whichever direction it runs in: `x` and `y` stand for their gradients too.
struct Arguments {
  const char* call;
  const char* direction;  ///< "forward", "backward data", "backward filter"
  cudnnHandle_t handle;
  cudnnTensorDescriptor_t x;
  cudnnFilterDescriptor_t w;
  cudnnTensorDescriptor_t y;
  cudnnConvolutionDescriptor_t convolution;
};

cudnnStatus_t workspace(const Arguments& given, size_t* bytes) {
  const auto x = cudnn::find(given.x);
  const auto w = cudnn::find(given.w);
  const auto convolution = cudnn::find(given.convolution);
  if (!cudnn::known(given.handle, given.y) || !x || !w || !convolution || bytes == nullptr) {
    return unknown_object(given.call);
  }
  const std::string shape = fmt::format("x {} w {} pad {} stride {} dilation {}{} by algorithm", cudnn::shape_of(*x),
                                        cudnn::shape_of(w->dims), cudnn::shape_of(convolution->padding),
                                        cudnn::shape_of(convolution->stride), cudnn::shape_of(convolution->dilation),
                                        convolution->groups == 1 ? "" : fmt::format(" groups {}", convolution->groups));
  *bytes =
      cudnn::measured_bytes(fmt::format("convolution {} workspace", given.direction), cudnn::name_of(x->dtype), shape);
  return CUDNN_STATUS_SUCCESS;
}

/// The best algorithm, which a real card would have timed to find.
template <class Perf>
cudnnStatus_t choose(const Arguments& given, decltype(Perf::algo) algorithm, int requested, int* returned,
                     Perf* results) {
  if (requested < 1 || returned == nullptr || results == nullptr) return unknown_object(given.call);
  const auto convolution = cudnn::find(given.convolution);
  Perf best{};
  const cudnnStatus_t status = workspace(given, &best.memory);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  best.algo = algorithm;
  best.status = CUDNN_STATUS_SUCCESS;
  best.determinism = CUDNN_DETERMINISTIC;
  best.mathType = convolution->math_type;
  results[0] = best;
  *returned = 1;
  return CUDNN_STATUS_SUCCESS;
}

// The deterministic ones that take every shape, dtype and layout.
constexpr auto kForward = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
constexpr auto kBackwardData = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
constexpr auto kBackwardFilter = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

}  // namespace

// ---- forward

SIMULATED cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t handle, const cudnnTensorDescriptor_t x,
                                                                const cudnnFilterDescriptor_t w,
                                                                const cudnnConvolutionDescriptor_t convolution,
                                                                const cudnnTensorDescriptor_t y,
                                                                cudnnConvolutionFwdAlgo_t, size_t* bytes) {
  return workspace({__func__, "forward", handle, x, w, y, convolution}, bytes);
}
SIMULATED cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t handle, const cudnnTensorDescriptor_t x,
                                                               const cudnnFilterDescriptor_t w,
                                                               const cudnnConvolutionDescriptor_t convolution,
                                                               const cudnnTensorDescriptor_t y, const int requested,
                                                               int* returned, cudnnConvolutionFwdAlgoPerf_t* results) {
  return choose({__func__, "forward", handle, x, w, y, convolution}, kForward, requested, returned, results);
}
SIMULATED cudnnStatus_t cudnnFindConvolutionForwardAlgorithmEx(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const void*, const cudnnFilterDescriptor_t w, const void*,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y, void*, const int requested,
    int* returned, cudnnConvolutionFwdAlgoPerf_t* results, void*, size_t) {
  return choose({__func__, "forward", handle, x, w, y, convolution}, kForward, requested, returned, results);
}
SIMULATED cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void*, const cudnnTensorDescriptor_t x,
                                                const void*, const cudnnFilterDescriptor_t w, const void*,
                                                const cudnnConvolutionDescriptor_t convolution,
                                                cudnnConvolutionFwdAlgo_t, void*, size_t, const void*,
                                                const cudnnTensorDescriptor_t y, void*) {
  return cudnn::run(__func__, handle, x, w, convolution, y);
}
SIMULATED cudnnStatus_t cudnnConvolutionBiasActivationForward(
    cudnnHandle_t handle, const void*, const cudnnTensorDescriptor_t x, const void*, const cudnnFilterDescriptor_t w,
    const void*, const cudnnConvolutionDescriptor_t convolution, cudnnConvolutionFwdAlgo_t, void*, size_t, const void*,
    const cudnnTensorDescriptor_t z, const void*, const cudnnTensorDescriptor_t bias, const void*,
    const cudnnActivationDescriptor_t activation, const cudnnTensorDescriptor_t y, void*) {
  return cudnn::run(__func__, handle, x, w, convolution, z, bias, activation, y);
}

// ---- backward, data

SIMULATED cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t handle,
                                                                     const cudnnFilterDescriptor_t w,
                                                                     const cudnnTensorDescriptor_t dy,
                                                                     const cudnnConvolutionDescriptor_t convolution,
                                                                     const cudnnTensorDescriptor_t dx,
                                                                     cudnnConvolutionBwdDataAlgo_t, size_t* bytes) {
  return workspace({__func__, "backward data", handle, dx, w, dy, convolution}, bytes);
}
SIMULATED cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx, const int requested,
    int* returned, cudnnConvolutionBwdDataAlgoPerf_t* results) {
  return choose({__func__, "backward data", handle, dx, w, dy, convolution}, kBackwardData, requested, returned,
                results);
}
SIMULATED cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithmEx(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const void*, const cudnnTensorDescriptor_t dy, const void*,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx, void*, const int requested,
    int* returned, cudnnConvolutionBwdDataAlgoPerf_t* results, void*, size_t) {
  return choose({__func__, "backward data", handle, dx, w, dy, convolution}, kBackwardData, requested, returned,
                results);
}
SIMULATED cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void*, const cudnnFilterDescriptor_t w,
                                                     const void*, const cudnnTensorDescriptor_t dy, const void*,
                                                     const cudnnConvolutionDescriptor_t convolution,
                                                     cudnnConvolutionBwdDataAlgo_t, void*, size_t, const void*,
                                                     const cudnnTensorDescriptor_t dx, void*) {
  return cudnn::run(__func__, handle, w, dy, convolution, dx);
}

// ---- backward, filter

SIMULATED cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t handle,
                                                                       const cudnnTensorDescriptor_t x,
                                                                       const cudnnTensorDescriptor_t dy,
                                                                       const cudnnConvolutionDescriptor_t convolution,
                                                                       const cudnnFilterDescriptor_t dw,
                                                                       cudnnConvolutionBwdFilterAlgo_t, size_t* bytes) {
  return workspace({__func__, "backward filter", handle, x, dw, dy, convolution}, bytes);
}
SIMULATED cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw, const int requested,
    int* returned, cudnnConvolutionBwdFilterAlgoPerf_t* results) {
  return choose({__func__, "backward filter", handle, x, dw, dy, convolution}, kBackwardFilter, requested, returned,
                results);
}
SIMULATED cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithmEx(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const void*, const cudnnTensorDescriptor_t dy, const void*,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw, void*, const int requested,
    int* returned, cudnnConvolutionBwdFilterAlgoPerf_t* results, void*, size_t) {
  return choose({__func__, "backward filter", handle, x, dw, dy, convolution}, kBackwardFilter, requested, returned,
                results);
}
SIMULATED cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void*,
                                                       const cudnnTensorDescriptor_t x, const void*,
                                                       const cudnnTensorDescriptor_t dy, const void*,
                                                       const cudnnConvolutionDescriptor_t convolution,
                                                       cudnnConvolutionBwdFilterAlgo_t, void*, size_t, const void*,
                                                       const cudnnFilterDescriptor_t dw, void*) {
  return cudnn::run(__func__, handle, x, dy, convolution, dw);
}
