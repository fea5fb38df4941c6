#include "simulator/api/cuda_errors.h"

namespace profile_train::simulator {

cudaError_t& last_error() noexcept {
  static thread_local cudaError_t error = cudaSuccess;
  return error;
}

ErrorText error_text(int error) noexcept {
  switch (error) {
    case 0: return {"cudaSuccess", "CUDA_SUCCESS", "no error"};
    case 1: return {"cudaErrorInvalidValue", "CUDA_ERROR_INVALID_VALUE", "invalid argument"};
    case 2: return {"cudaErrorMemoryAllocation", "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"};
    case 3: return {"cudaErrorInitializationError", "CUDA_ERROR_NOT_INITIALIZED", "initialization error"};
    case 100: return {"cudaErrorNoDevice", "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"};
    case 101: return {"cudaErrorInvalidDevice", "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"};
    case 201: return {"cudaErrorDeviceUninitialized", "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"};
    case 400: return {"cudaErrorInvalidResourceHandle", "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"};
    case 500: return {"cudaErrorSymbolNotFound", "CUDA_ERROR_NOT_FOUND", "named symbol not found"};
    case 600: return {"cudaErrorNotReady", "CUDA_ERROR_NOT_READY", "device not ready"};
    case 704:
      return {"cudaErrorPeerAccessAlreadyEnabled", "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED",
              "peer access is already enabled"};
    case 705:
      return {"cudaErrorPeerAccessNotEnabled", "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED",
              "peer access has not been enabled"};
    case 719: return {"cudaErrorLaunchFailure", "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"};
    case 801: return {"cudaErrorNotSupported", "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"};
    case 900:
      return {"cudaErrorStreamCaptureUnsupported", "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
              "operation not permitted when stream is capturing"};
    case 901:
      return {"cudaErrorStreamCaptureInvalidated", "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
              "operation failed due to a previous error during capture"};
    default: return {"cudaErrorUnknown", "CUDA_ERROR_UNKNOWN", "unknown error"};
  }
}

}  // namespace profile_train::simulator
