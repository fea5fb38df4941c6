// cuDNN: batch normalization. Whether it needs a workspace, and how much it keeps for backward, depends on the kernel
// that it picks by layout, dtype and card.

#include <array>

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;

namespace {

cudnnStatus_t measured(const char* call, const char* operation, cudnnHandle_t handle, cudnnBatchNormMode_t mode,
                       cudnnBatchNormOps_t ops, cudnnTensorDescriptor_t x, size_t* bytes) {
  constexpr std::array kModes = {"per activation", "spatial", "persistent"};
  constexpr std::array kOps = {"", " activation", " add activation"};
  const auto tensor = cudnn::find(x);
  if (!cudnn::known(handle) || !tensor || bytes == nullptr) return cudnn::unknown_object(call);
  if (static_cast<std::size_t>(mode) >= kModes.size() || static_cast<std::size_t>(ops) >= kOps.size()) {
    return cudnn::fail(CUDNN_STATUS_BAD_PARAM, fmt::format("{}: no such mode", call));
  }
  *bytes = cudnn::measured_bytes(operation, cudnn::name_of(tensor->dtype),
                                 fmt::format("{} {}{}", cudnn::shape_of(*tensor), kModes.at(mode), kOps.at(ops)));
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

SIMULATED cudnnStatus_t cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const cudnnTensorDescriptor_t x,
    const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t,
    const cudnnActivationDescriptor_t, size_t* bytes) {
  return measured(__func__, "batch norm forward workspace", handle, mode, ops, x, bytes);
}
SIMULATED cudnnStatus_t cudnnGetBatchNormalizationBackwardExWorkspaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const cudnnTensorDescriptor_t x,
    const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t,
    const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t, const cudnnActivationDescriptor_t, size_t* bytes) {
  return measured(__func__, "batch norm backward workspace", handle, mode, ops, x, bytes);
}
SIMULATED cudnnStatus_t cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const cudnnActivationDescriptor_t,
    const cudnnTensorDescriptor_t x, size_t* bytes) {
  return measured(__func__, "batch norm reserve space", handle, mode, ops, x, bytes);
}

SIMULATED cudnnStatus_t cudnnBatchNormalizationForwardTrainingEx(
    cudnnHandle_t handle, cudnnBatchNormMode_t, cudnnBatchNormOps_t, const void*, const void*,
    const cudnnTensorDescriptor_t x, const void*, const cudnnTensorDescriptor_t, const void*,
    const cudnnTensorDescriptor_t y, void*, const cudnnTensorDescriptor_t scale, const void*, const void*, double,
    void*, void*, double, void*, void*, cudnnActivationDescriptor_t, void*, size_t, void*, size_t) {
  return cudnn::run(__func__, handle, x, y, scale);
}
SIMULATED cudnnStatus_t cudnnBatchNormalizationForwardInference(cudnnHandle_t handle, cudnnBatchNormMode_t, const void*,
                                                                const void*, const cudnnTensorDescriptor_t x,
                                                                const void*, const cudnnTensorDescriptor_t y, void*,
                                                                const cudnnTensorDescriptor_t scale, const void*,
                                                                const void*, const void*, const void*, double) {
  return cudnn::run(__func__, handle, x, y, scale);
}
SIMULATED cudnnStatus_t cudnnBatchNormalizationBackwardEx(
    cudnnHandle_t handle, cudnnBatchNormMode_t, cudnnBatchNormOps_t, const void*, const void*, const void*, const void*,
    const cudnnTensorDescriptor_t x, const void*, const cudnnTensorDescriptor_t, const void*,
    const cudnnTensorDescriptor_t dy, const void*, const cudnnTensorDescriptor_t, void*,
    const cudnnTensorDescriptor_t dx, void*, const cudnnTensorDescriptor_t scale, const void*, const void*, void*,
    void*, double, const void*, const void*, cudnnActivationDescriptor_t, void*, size_t, void*, size_t) {
  return cudnn::run(__func__, handle, x, dy, dx, scale);
}
