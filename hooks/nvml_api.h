#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "profiler/result.h"

namespace profile_train::hooks {

// What is used of nvml.h, which comes with the driver's development files only. Names are ours; values and layouts are
// NVML's.

enum class NvmlResult : int {
  success = 0,
  no_permission = 4,
  insufficient_size = 7,
  driver_not_loaded = 9,
};

using NvmlDevice = struct NvmlDeviceHandle*;

struct NvmlMemory {  // nvmlMemory_t
  unsigned long long total_bytes;
  unsigned long long free_bytes;
  unsigned long long used_bytes;
};

struct NvmlProcess {  // nvmlProcessInfo_v2_t, which nvmlDeviceGetComputeRunningProcesses_v3 fills in
  unsigned process_id;
  unsigned long long used_bytes;
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(NvmlMemory) == 24 && sizeof(NvmlProcess) == 24);
inline constexpr unsigned long long kNvmlNotAvailable = ~0ULL;  ///< used_bytes that the driver does not tell

/// NVML as pointers, found at run time or filled in by a test, and the driver's function that tells which card a CUDA
/// device is: NVML counts cards as they are built in, CUDA as CUDA_VISIBLE_DEVICES says.
struct NvmlApi {
  NvmlResult (*init)() = nullptr;
  NvmlResult (*shutdown)() = nullptr;
  const char* (*error_string)(NvmlResult) = nullptr;
  NvmlResult (*device_by_pci_bus_id)(const char* id, NvmlDevice* device) = nullptr;
  NvmlResult (*memory)(NvmlDevice device, NvmlMemory* memory) = nullptr;
  NvmlResult (*compute_processes)(NvmlDevice device, unsigned* count, NvmlProcess* processes) = nullptr;
  int (*pci_bus_id)(char* id, int length, int cuda_device) = nullptr;  ///< cuDeviceGetPCIBusId: 0 if it succeeds
};

inline constexpr std::array<const char*, 1> kNvmlLibraries = {"libnvidia-ml.so.1"};

/// The error is the rest of a sentence. Any thread.
Result<NvmlApi> load_nvml(std::span<const char* const> libraries = kNvmlLibraries);

}  // namespace profile_train::hooks
