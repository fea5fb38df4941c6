#pragma once

#include <string>

#include "profiler/event.h"
#include "profiler/result.h"

namespace profile_train::workloads {

inline bool is_cuda(const std::string& device) { return device.starts_with("cuda"); }

/// Makes "cpu", "cuda" or "cuda:1" ready to train on. Call it first: LibTorch looks for its CUDA part once.
///
/// That part is loaded here and not linked, because loading it takes a second that a run on the CPU need not pay. The
/// error says what is missing.
Result<void> prepare_device(const std::string& device);

/// Sets CUDA up, which LibTorch otherwise does at the first tensor: what it refuses is told here, in a sentence. A
/// program in which it failed must not use CUDA any more, since LibTorch takes the next attempt for done.
Result<void> start_device(const std::string& device);

/// Compute capability of the CUDA device, 90 for 9.0. 0: on the CPU, or if CUDA has not been prepared.
std::int64_t compute_capability(const std::string& device);

/// Multiprocessors of the CUDA device. 0: on the CPU, or if CUDA has not been prepared.
std::int64_t multiprocessors(const std::string& device);

/// What LibTorch gives the matrix libraries to work in: cuBLAS for each handle and stream, cuBLASLt once more.
struct LibraryWorkspaces {
  Bytes cublas_bytes = 0;  ///< 0: on the CPU, or if CUDA has not been prepared
  Bytes cublaslt_bytes = 0;
};
LibraryWorkspaces library_workspaces(const std::string& device);

}  // namespace profile_train::workloads
