// NVML: how much of a device is used and by whom, and how devices are linked.

#include <unistd.h>

#include "simulator/api/nvml.h"
#include "simulator/entry_point.h"
#include "simulator/faults.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

/// What this process holds of a device, as the driver counts it. On a real card its context is counted too, and other
/// processes.
std::uint64_t used_bytes(int number) {
  Simulation& sim = simulation();
  sim.coverage.not_included("the CUDA context of a device, which NVML counts on a real card", TakenBy::library);
  const auto device = cuda_number(number);
  return device ? sim.memory.usage(*device).used_bytes : 0;
}

nvmlMemory_t memory_of(int number) {
  nvmlMemory_t memory{};
  memory.total = simulation().memory.device_bytes();
  memory.used = used_bytes(number);
  memory.free = memory.used < memory.total ? memory.total - memory.used : 0;
  return memory;
}

/// The processes that compute on the device: this one, once it has a context there.
template <class Info>
nvmlReturn_t list_processes(nvmlDevice_t handle, unsigned* count, Info* infos) {
  if (const int fault = injected_fault("nvmlDeviceGetComputeRunningProcesses"); fault != 0) {
    return static_cast<nvmlReturn_t>(fault);
  }
  int number = 0;
  if (const nvmlReturn_t result = find_device(handle, number); result != NVML_SUCCESS) return result;
  if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  const auto device = cuda_number(number);
  const unsigned found = device && simulation().contexts.used(*device) ? 1 : 0;
  const unsigned room = *count;
  *count = found;
  if (found == 0) return NVML_SUCCESS;
  if (room < found || infos == nullptr) return NVML_ERROR_INSUFFICIENT_SIZE;
  infos[0].pid = static_cast<unsigned>(getpid());
  infos[0].usedGpuMemory = used_bytes(number);
  if constexpr (requires { infos[0].gpuInstanceId; }) {
    infos[0].gpuInstanceId = kNvmlNoInstance;
    infos[0].computeInstanceId = kNvmlNoInstance;
  }
  return NVML_SUCCESS;
}

/// For what depends on hardware that is not simulated. The handle is checked first, as NVML does.
nvmlReturn_t unsupported(nvmlDevice_t handle) {
  int number = 0;
  const nvmlReturn_t result = find_device(handle, number);
  return result == NVML_SUCCESS ? NVML_ERROR_NOT_SUPPORTED : result;
}

}  // namespace

// ---- memory

SIMULATED nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  if (const int fault = injected_fault("nvmlDeviceGetMemoryInfo"); fault != 0) return static_cast<nvmlReturn_t>(fault);
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *memory = memory_of(number);
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (memory->version != kNvmlMemoryV2) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  nvmlMemory_t plain{};
  if (const nvmlReturn_t result = nvmlDeviceGetMemoryInfo(device, &plain); result != NVML_SUCCESS) return result;
  *memory = {kNvmlMemoryV2, plain.total, 0, plain.free, plain.used};
  return NVML_SUCCESS;
}

// ---- processes. The name without a number has the layout of the oldest version.

SIMULATED nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned* count,
                                                            nvmlProcessInfo_v1_t* infos) {
  return list_processes(device, count, infos);
}
SIMULATED nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned* count,
                                                               nvmlProcessInfo_v2_t* infos) {
  return list_processes(device, count, infos);
}
SIMULATED nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned* count,
                                                               nvmlProcessInfo_v2_t* infos) {
  return list_processes(device, count, infos);
}
SIMULATED nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned* count,
                                                                nvmlProcessInfo_v2_t*) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *count = 0;
  return NVML_SUCCESS;
}

// ---- activity and links

SIMULATED nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* utilization) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (utilization == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *utilization = {0, 0};  // nothing ever runs
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlDeviceGetP2PStatus(nvmlDevice_t from, nvmlDevice_t to, int, int* status) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(from, number); result != NVML_SUCCESS) return result;
  if (const nvmlReturn_t result = find_device(to, number); result != NVML_SUCCESS) return result;
  if (status == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *status = 0;  // NVML_P2P_STATUS_OK: every device reaches every other one, as cudaDeviceCanAccessPeer says
  return NVML_SUCCESS;
}

// There is no NVLink, fabric or multi-instance device; temperatures and clocks have nothing to come from.
SIMULATED nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned, unsigned*) {
  return unsupported(device);
}
SIMULATED nvmlReturn_t nvmlDeviceGetNvLinkCapability(nvmlDevice_t device, unsigned, unsigned, unsigned*) {
  return unsupported(device);
}
SIMULATED nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t device, unsigned, unsigned*) {
  return unsupported(device);
}
SIMULATED nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t device, unsigned, nvmlPciInfo_t*) {
  return unsupported(device);
}
SIMULATED nvmlReturn_t nvmlDeviceGetGpuFabricInfoV(nvmlDevice_t device, void*) { return unsupported(device); }
SIMULATED nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned*, unsigned*) { return unsupported(device); }
SIMULATED nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned, unsigned*) {
  return unsupported(device);
}
SIMULATED nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned*) { return unsupported(device); }
SIMULATED nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, unsigned, unsigned*) { return unsupported(device); }
SIMULATED nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int, void*) { return unsupported(device); }
