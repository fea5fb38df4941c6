// cuDNN: the states of dropout's random numbers. Their size depends on the card's multiprocessors in a way that is not
// documented.

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"

using namespace profile_train::simulator;

SIMULATED cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t* dropout) {
  return cudnn::create(dropout, __func__);
}
SIMULATED cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t dropout) {
  return cudnn::destroy(dropout, __func__);
}

SIMULATED cudnnStatus_t cudnnDropoutGetStatesSize(cudnnHandle_t handle, size_t* bytes) {
  if (!cudnn::known(handle) || bytes == nullptr) return cudnn::unknown_object(__func__);
  *bytes = cudnn::measured_bytes("dropout states", "-", "-");
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnRestoreDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t handle,
                                                      float probability, void*, size_t, unsigned long long) {
  if (!cudnn::known(handle)) return cudnn::unknown_object(__func__);
  if (!(probability >= 0.0F && probability <= 1.0F)) {
    return cudnn::fail(CUDNN_STATUS_BAD_PARAM, "cudnnRestoreDropoutDescriptor: that is no probability");
  }
  return cudnn::assign(dropout, cudnn::Dropout{probability}, __func__);
}

SIMULATED cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t handle,
                                                  float probability, void* states, size_t bytes,
                                                  unsigned long long seed) {
  const cudnnStatus_t status = cudnnRestoreDropoutDescriptor(dropout, handle, probability, states, bytes, seed);
  // Fills the states, unless there are none: then it is only a descriptor of no dropout.
  return status == CUDNN_STATUS_SUCCESS && states != nullptr ? cudnn::run(__func__, handle, dropout) : status;
}
