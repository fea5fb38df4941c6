// cuDNN: versions, errors, handles.

#include <algorithm>
#include <cstring>
#include <utility>

#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace profile_train::simulator::cudnn {
namespace {

std::string& last_failure() {
  static thread_local std::string sentence;
  return sentence;
}

}  // namespace

cudnnStatus_t fail(cudnnStatus_t status, std::string sentence) {
  last_failure() = std::move(sentence);
  return status;
}

}  // namespace profile_train::simulator::cudnn

using cudnn::fail;

SIMULATED size_t cudnnGetVersion() { return CUDNN_VERSION; }
SIMULATED size_t cudnnGetMaxDeviceVersion() { return CUDNN_MAX_DEVICE_VERSION; }
SIMULATED size_t cudnnGetCudartVersion() { return CUDART_VERSION; }

SIMULATED cudnnStatus_t cudnnGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "cudnnGetProperty: no place to put it");
  switch (type) {
    case MAJOR_VERSION: *value = CUDNN_MAJOR; return CUDNN_STATUS_SUCCESS;
    case MINOR_VERSION: *value = CUDNN_MINOR; return CUDNN_STATUS_SUCCESS;
    case PATCH_LEVEL: *value = CUDNN_PATCHLEVEL; return CUDNN_STATUS_SUCCESS;
  }
  return fail(CUDNN_STATUS_BAD_PARAM, "cudnnGetProperty: no such property");
}

// ---- errors

SIMULATED const char* cudnnGetErrorString(cudnnStatus_t status) {
#define NAME(constant) \
  case constant: return #constant
  switch (status) {
    NAME(CUDNN_STATUS_SUCCESS);
    NAME(CUDNN_STATUS_NOT_INITIALIZED);
    NAME(CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH);
    NAME(CUDNN_STATUS_SERIALIZATION_VERSION_MISMATCH);
    NAME(CUDNN_STATUS_DEPRECATED);
    NAME(CUDNN_STATUS_LICENSE_ERROR);
    NAME(CUDNN_STATUS_RUNTIME_IN_PROGRESS);
    NAME(CUDNN_STATUS_RUNTIME_FP_OVERFLOW);
    NAME(CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED);
    NAME(CUDNN_STATUS_BAD_PARAM);
    NAME(CUDNN_STATUS_INVALID_VALUE);
    NAME(CUDNN_STATUS_BAD_PARAM_NULL_POINTER);
    NAME(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER);
    NAME(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED);
    NAME(CUDNN_STATUS_BAD_PARAM_OUT_OF_BOUND);
    NAME(CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT);
    NAME(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH);
    NAME(CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH);
    NAME(CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES);
    NAME(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE);
    NAME(CUDNN_STATUS_BAD_PARAM_CUDA_GRAPH_MISMATCH);
    NAME(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE);
    NAME(CUDNN_STATUS_NOT_SUPPORTED);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_SHAPE);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_LAYOUT);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDART);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_RUNTIME_PREREQUISITE_MISSING);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_SHARED_MEMORY_INSUFFICIENT);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_PADDING);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_BAD_LAUNCH_PARAM);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_CUDA_GRAPH_NATIVE_API);
    NAME(CUDNN_STATUS_NOT_SUPPORTED_INVALID_DYNAMIC_SHAPE);
    NAME(CUDNN_STATUS_INTERNAL_ERROR);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_UNEXPECTED_VALUE);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_BAD_LAUNCH_PARAM);
    NAME(CUDNN_STATUS_INTERNAL_ERROR_TEXTURE_CREATION_FAILED);
    NAME(CUDNN_STATUS_EXECUTION_FAILED);
    NAME(CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER);
    NAME(CUDNN_STATUS_EXECUTION_FAILED_CUBLAS);
    NAME(CUDNN_STATUS_EXECUTION_FAILED_CUDART);
    NAME(CUDNN_STATUS_EXECUTION_FAILED_CURAND);
  }
#undef NAME
  return "CUDNN_UNKNOWN_STATUS";
}

SIMULATED void cudnnGetLastErrorString(char* message, size_t max_size) {
  if (message == nullptr || max_size == 0) return;
  std::string& sentence = cudnn::last_failure();
  const std::size_t length = std::min(sentence.size(), max_size - 1);
  std::memcpy(message, sentence.data(), length);
  message[length] = '\0';
  sentence.clear();
}

// ---- handles

SIMULATED cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  if (handle == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "cudnnCreate: no place to put the handle");
  Simulation& sim = simulation();
  const int device = current_device();
  const std::uint64_t bytes = cudnn::measured_bytes("handle and kernels", "-", "-", TakenBy::library);
  if (sim.memory.charge(device, bytes) != Status::ok) {
    return fail(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, "cudnnCreate: the device has no memory left");
  }
  const Handle made = cudnn::table(cudnnHandle_t{}).create({.stream = 0, .charged_bytes = bytes, .device = device});
  *handle = reinterpret_cast<cudnnHandle_t>(made);  // NOLINT(performance-no-int-to-ptr): never looked behind
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  const auto library = cudnn::find(handle);
  if (!library || !cudnn::table(handle).destroy(cudnn::handle_of(handle))) return cudnn::unknown_object("cudnnDestroy");
  simulation().memory.uncharge(library->device, library->charged_bytes);
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  const Handle chosen = cudnn::handle_of(stream);
  if (simulation().streams.check_stream(chosen) != Status::ok) return cudnn::unknown_object("cudnnSetStream");
  const bool known =
      cudnn::table(handle).change(cudnn::handle_of(handle), [&](cudnn::Library& library) { library.stream = chosen; });
  return known ? CUDNN_STATUS_SUCCESS : cudnn::unknown_object("cudnnSetStream");
}

SIMULATED cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t* stream) {
  const auto library = cudnn::find(handle);
  if (!library || stream == nullptr) return cudnn::unknown_object("cudnnGetStream");
  *stream = reinterpret_cast<cudaStream_t>(library->stream);  // NOLINT(performance-no-int-to-ptr)
  return CUDNN_STATUS_SUCCESS;
}
