// cuDNN: connectionist temporal classification.

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;
using cudnn::unknown_object;

namespace {

cudnnStatus_t workspace(const char* call, cudnnHandle_t handle, cudnnCTCLossDescriptor_t loss,
                        cudnnTensorDescriptor_t probabilities, cudnnCTCLossAlgo_t algorithm, size_t* bytes) {
  const auto tensor = cudnn::find(probabilities);
  const auto settings = cudnn::find(loss);
  if (!cudnn::known(handle) || !tensor || !settings || bytes == nullptr) return unknown_object(call);
  if (tensor->dims.size() < 3) return cudnn::fail(CUDNN_STATUS_BAD_PARAM, fmt::format("{}: no T, N and A", call));
  const auto& dims = tensor->dims;
  const std::string shape =
      fmt::format("T {} N {} A {} labels {}{}", dims[0], dims[1], dims[2], settings->max_label_length,
                  algorithm == CUDNN_CTC_LOSS_ALGO_DETERMINISTIC ? " deterministic" : "");
  *bytes = cudnn::measured_bytes("CTC loss workspace", cudnn::name_of(tensor->dtype), shape);
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

SIMULATED cudnnStatus_t cudnnCreateCTCLossDescriptor(cudnnCTCLossDescriptor_t* loss) {
  return cudnn::create(loss, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyCTCLossDescriptor(cudnnCTCLossDescriptor_t loss) {
  return cudnn::destroy(loss, __func__);
}
SIMULATED cudnnStatus_t cudnnSetCTCLossDescriptorEx(cudnnCTCLossDescriptor_t loss, cudnnDataType_t compute_type,
                                                    cudnnLossNormalizationMode_t, cudnnNanPropagation_t) {
  return cudnn::assign(loss, cudnn::CtcLoss{.compute_type = compute_type}, __func__);
}
SIMULATED cudnnStatus_t cudnnSetCTCLossDescriptor_v9(cudnnCTCLossDescriptor_t loss, cudnnDataType_t compute_type,
                                                     cudnnLossNormalizationMode_t, cudnnCTCGradMode_t,
                                                     int max_label_length) {
  return cudnn::assign(loss, cudnn::CtcLoss{compute_type, max_label_length}, __func__);
}

SIMULATED cudnnStatus_t cudnnGetCTCLossWorkspaceSize(cudnnHandle_t handle, const cudnnTensorDescriptor_t probabilities,
                                                     const cudnnTensorDescriptor_t, const int*, const int*, const int*,
                                                     cudnnCTCLossAlgo_t algorithm, cudnnCTCLossDescriptor_t loss,
                                                     size_t* bytes) {
  return workspace(__func__, handle, loss, probabilities, algorithm, bytes);
}
SIMULATED cudnnStatus_t cudnnGetCTCLossWorkspaceSize_v8(cudnnHandle_t handle, cudnnCTCLossAlgo_t algorithm,
                                                        cudnnCTCLossDescriptor_t loss,
                                                        const cudnnTensorDescriptor_t probabilities,
                                                        const cudnnTensorDescriptor_t, size_t* bytes) {
  return workspace(__func__, handle, loss, probabilities, algorithm, bytes);
}

SIMULATED cudnnStatus_t cudnnCTCLoss(cudnnHandle_t handle, const cudnnTensorDescriptor_t probabilities, const void*,
                                     const int[], const int[], const int[], void*, const cudnnTensorDescriptor_t, void*,
                                     cudnnCTCLossAlgo_t, cudnnCTCLossDescriptor_t loss, void*, size_t) {
  return cudnn::run(__func__, handle, loss, probabilities);
}
SIMULATED cudnnStatus_t cudnnCTCLoss_v8(cudnnHandle_t handle, cudnnCTCLossAlgo_t, cudnnCTCLossDescriptor_t loss,
                                        const cudnnTensorDescriptor_t probabilities, const void*, const int[],
                                        const int[], const int[], void*, const cudnnTensorDescriptor_t, void*, size_t,
                                        void*) {
  return cudnn::run(__func__, handle, loss, probabilities);
}
