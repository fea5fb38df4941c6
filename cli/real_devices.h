#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/result.h"

namespace profile_train::cli {

/// A GPU of this machine, as its driver reports it.
struct RealDevice {
  std::string name;
  std::uint64_t memory_bytes = 0;
  int compute_major = 0;
  int compute_minor = 0;
  int multiprocessors = 0;
};

/// Asks the CUDA driver, which may take a second. The error says why there is none.
Result<std::vector<RealDevice>> real_devices();

/// Whether the kernel knows an NVIDIA GPU. Costs nothing and touches none.
bool has_real_gpu();

}  // namespace profile_train::cli
