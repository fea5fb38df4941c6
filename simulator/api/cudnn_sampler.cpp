// cuDNN: spatial transformers, which is what torch's grid sampler and affine grids run on. They need no workspace.

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;
using cudnn::run;

SIMULATED cudnnStatus_t cudnnCreateSpatialTransformerDescriptor(cudnnSpatialTransformerDescriptor_t* transformer) {
  return cudnn::create(transformer, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroySpatialTransformerDescriptor(cudnnSpatialTransformerDescriptor_t transformer) {
  return cudnn::destroy(transformer, __func__);
}
SIMULATED cudnnStatus_t cudnnSetSpatialTransformerNdDescriptor(cudnnSpatialTransformerDescriptor_t transformer,
                                                               cudnnSamplerType_t, cudnnDataType_t dtype,
                                                               const int count, const int dims[]) {
  if (dims == nullptr || count < 1 || count > CUDNN_DIM_MAX) {
    return cudnn::fail(CUDNN_STATUS_BAD_PARAM, "cudnnSetSpatialTransformerNdDescriptor: no dimensions, or too many");
  }
  return cudnn::assign(transformer, cudnn::SpatialTransformer{dtype, {dims, dims + count}}, __func__);
}

SIMULATED cudnnStatus_t cudnnSpatialTfGridGeneratorForward(cudnnHandle_t handle,
                                                           const cudnnSpatialTransformerDescriptor_t transformer,
                                                           const void*, void*) {
  return run(__func__, handle, transformer);
}
SIMULATED cudnnStatus_t cudnnSpatialTfGridGeneratorBackward(cudnnHandle_t handle,
                                                            const cudnnSpatialTransformerDescriptor_t transformer,
                                                            const void*, void*) {
  return run(__func__, handle, transformer);
}
SIMULATED cudnnStatus_t cudnnSpatialTfSamplerForward(cudnnHandle_t handle,
                                                     cudnnSpatialTransformerDescriptor_t transformer, const void*,
                                                     const cudnnTensorDescriptor_t x, const void*, const void*,
                                                     const void*, cudnnTensorDescriptor_t y, void*) {
  return run(__func__, handle, transformer, x, y);
}
SIMULATED cudnnStatus_t cudnnSpatialTfSamplerBackward(cudnnHandle_t handle,
                                                      cudnnSpatialTransformerDescriptor_t transformer, const void*,
                                                      const cudnnTensorDescriptor_t x, const void*, const void*,
                                                      const cudnnTensorDescriptor_t dx, void*, const void*,
                                                      const cudnnTensorDescriptor_t dy, const void*, const void*,
                                                      const void*, void*) {
  return run(__func__, handle, transformer, x, dx, dy);
}
