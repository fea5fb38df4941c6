#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>

#include "simulator/status.h"

namespace profile_train::simulator {

/// The last error of the calling thread, as cudaGetLastError() returns it.
cudaError_t& last_error() noexcept;

/// What a runtime call returns; remembers errors.
inline cudaError_t runtime(Status status) noexcept {
  const auto error = static_cast<cudaError_t>(status);
  if (error != cudaSuccess) last_error() = error;
  return error;
}
/// The same for what a driver call returned.
inline cudaError_t runtime(CUresult result) noexcept { return runtime(static_cast<Status>(result)); }

inline CUresult driver(Status status) noexcept { return static_cast<CUresult>(status); }

/// "cudaErrorMemoryAllocation", "out of memory". One table for both APIs, whose numbers agree.
struct ErrorText {
  const char* runtime_name;
  const char* driver_name;
  const char* description;
};
ErrorText error_text(int error) noexcept;

}  // namespace profile_train::simulator
