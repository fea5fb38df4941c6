// cuBLAS: handles and what is set on them. The routines are in cublas_routines.cpp, those that give a result to the
// host in cublas_results.cpp, copies in cublas_transfers.cpp.
#include <cublas_v2.h>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcublas.so";
constexpr std::uintptr_t kWorkspaceAlignment = 256;

// Numbers of our own: cuBLAS has a function for each setting. cublas_results.cpp reads the first.
enum Setting : int {
  kPointerMode,
  kMathMode,
  kAtomicsMode,
  kSmCountTarget,
  kEmulationStrategy,
  kSpecialValues,
  kMantissaControl,
  kMaxMantissaBits,
  kMantissaBitOffset,
  kMantissaBitCount,
  kWorkspace,
  kWorkspaceBytes,
};

template <class Act>
cublasStatus_t with_handle(cublasHandle_t handle, Act act) {
  return library_objects().with(handle_of(handle), ObjectKind::cublas, act) ? CUBLAS_STATUS_SUCCESS
                                                                            : CUBLAS_STATUS_NOT_INITIALIZED;
}

template <class T>
cublasStatus_t put(cublasHandle_t handle, Setting setting, T value) {
  return with_handle(handle, [&](LibraryObject& object) { object.set(setting, value); });
}

template <class T>
cublasStatus_t take(cublasHandle_t handle, Setting setting, T* value, T unset = {}) {
  if (value == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  return with_handle(handle, [&](const LibraryObject& object) { *value = object.get(setting, unset); });
}

}  // namespace

SIMULATED cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = as_pointer<cublasHandle_t>(library_objects().create({.kind = ObjectKind::cublas}));
  simulation().coverage.not_included("what cuBLAS allocates for itself with a handle", TakenBy::library);
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return library_objects().destroy(handle_of(handle), ObjectKind::cublas) ? CUBLAS_STATUS_SUCCESS
                                                                          : CUBLAS_STATUS_NOT_INITIALIZED;
}

SIMULATED cublasStatus_t cublasGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUBLAS_STATUS_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUBLAS_VER_MAJOR
                        : type == MINOR_VERSION ? CUBLAS_VER_MINOR
                                                : CUBLAS_VER_PATCH;
  return real_property<cublasStatus_t>(kLibrary, "cublasGetProperty", type, of_header, value);
}

SIMULATED cublasStatus_t cublasGetVersion_v2(cublasHandle_t /*handle*/, int* version) {
  if (version == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  int major = 0, minor = 0, patch = 0;
  cublasGetProperty(MAJOR_VERSION, &major);
  cublasGetProperty(MINOR_VERSION, &minor);
  cublasGetProperty(PATCH_LEVEL, &patch);
  *version = major * 10000 + minor * 100 + patch;
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED size_t cublasGetCudartVersion() {
  auto* const function = real_function_as<size_t()>(kLibrary, "cublasGetCudartVersion");
  return function != nullptr ? function() : CUDART_VERSION;
}

SIMULATED const char* cublasGetStatusName(cublasStatus_t status) {
  return real_text(kLibrary, "cublasGetStatusName", status);
}
SIMULATED const char* cublasGetStatusString(cublasStatus_t status) {
  return real_text(kLibrary, "cublasGetStatusString", status);
}

SIMULATED cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  return with_handle(handle, [&](LibraryObject& object) {
    object.stream = handle_of(stream);
    object.attributes.erase(kWorkspace);  // documented: the workspace is the default one again
    object.attributes.erase(kWorkspaceBytes);
  });
}
SIMULATED cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, cudaStream_t* stream) {
  if (stream == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  return with_handle(handle, [&](const LibraryObject& object) { *stream = as_pointer<cudaStream_t>(object.stream); });
}

SIMULATED cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
  if (handle_of(workspace) % kWorkspaceAlignment != 0) return CUBLAS_STATUS_INVALID_VALUE;
  const cublasStatus_t status = put(handle, kWorkspace, workspace);
  return status == CUBLAS_STATUS_SUCCESS ? put(handle, kWorkspaceBytes, bytes) : status;
}

SIMULATED cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  if (mode != CUBLAS_POINTER_MODE_HOST && mode != CUBLAS_POINTER_MODE_DEVICE) return CUBLAS_STATUS_INVALID_VALUE;
  return put(handle, kPointerMode, mode);
}
SIMULATED cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t* mode) {
  return take(handle, kPointerMode, mode);
}

SIMULATED cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t mode) {
  return put(handle, kAtomicsMode, mode);
}
SIMULATED cublasStatus_t cublasGetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t* mode) {
  return take(handle, kAtomicsMode, mode);
}

SIMULATED cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  return put(handle, kMathMode, mode);
}
SIMULATED cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  return take(handle, kMathMode, mode);
}

SIMULATED cublasStatus_t cublasSetSmCountTarget(cublasHandle_t handle, int count) {
  return put(handle, kSmCountTarget, count);
}
SIMULATED cublasStatus_t cublasGetSmCountTarget(cublasHandle_t handle, int* count) {
  return take(handle, kSmCountTarget, count);
}

// ---- emulation of floating point numbers

SIMULATED cublasStatus_t cublasSetEmulationStrategy(cublasHandle_t handle, cublasEmulationStrategy_t strategy) {
  return put(handle, kEmulationStrategy, strategy);
}
SIMULATED cublasStatus_t cublasGetEmulationStrategy(cublasHandle_t handle, cublasEmulationStrategy_t* strategy) {
  return take(handle, kEmulationStrategy, strategy);
}

SIMULATED cublasStatus_t cublasSetEmulationSpecialValuesSupport(cublasHandle_t handle,
                                                                cudaEmulationSpecialValuesSupport mask) {
  return put(handle, kSpecialValues, mask);
}
SIMULATED cublasStatus_t cublasGetEmulationSpecialValuesSupport(cublasHandle_t handle,
                                                                cudaEmulationSpecialValuesSupport* mask) {
  return take(handle, kSpecialValues, mask, CUDA_EMULATION_SPECIAL_VALUES_SUPPORT_DEFAULT);
}

SIMULATED cublasStatus_t cublasSetFixedPointEmulationMantissaControl(cublasHandle_t handle,
                                                                     cudaEmulationMantissaControl control) {
  return put(handle, kMantissaControl, control);
}
SIMULATED cublasStatus_t cublasGetFixedPointEmulationMantissaControl(cublasHandle_t handle,
                                                                     cudaEmulationMantissaControl* control) {
  return take(handle, kMantissaControl, control);
}

SIMULATED cublasStatus_t cublasSetFixedPointEmulationMaxMantissaBitCount(cublasHandle_t handle, int bits) {
  return put(handle, kMaxMantissaBits, bits);
}
SIMULATED cublasStatus_t cublasGetFixedPointEmulationMaxMantissaBitCount(cublasHandle_t handle, int* bits) {
  return take(handle, kMaxMantissaBits, bits);
}

SIMULATED cublasStatus_t cublasSetFixedPointEmulationMantissaBitOffset(cublasHandle_t handle, int offset) {
  return put(handle, kMantissaBitOffset, offset);
}
SIMULATED cublasStatus_t cublasGetFixedPointEmulationMantissaBitOffset(cublasHandle_t handle, int* offset) {
  return take(handle, kMantissaBitOffset, offset);
}

SIMULATED cublasStatus_t cublasSetFixedPointEmulationMantissaBitCountPointer(cublasHandle_t handle, int* count) {
  return put(handle, kMantissaBitCount, count);
}
SIMULATED cublasStatus_t cublasGetFixedPointEmulationMantissaBitCountPointer(cublasHandle_t handle, int** count) {
  return take(handle, kMantissaBitCount, count);
}
