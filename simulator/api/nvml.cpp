// NVML: the library, its devices and what identifies them. NVML sees all devices of the machine, also those that
// CUDA_VISIBLE_DEVICES hides from CUDA.

#include "simulator/api/nvml.h"

#include <cuda.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "simulator/device_attributes.h"
#include "simulator/entry_point.h"
#include "simulator/faults.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

constexpr std::uintptr_t kFirstHandle = 0xD0'0000;  // opaque: nobody may look behind it

std::atomic<int>& initialised() {
  static std::atomic<int> count{0};
  return count;
}

int devices() { return simulation().settings.machine_devices(); }

nvmlReturn_t give_handle(int number, nvmlDevice_t* handle) {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  if (handle == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *handle = reinterpret_cast<nvmlDevice_t>(kFirstHandle + static_cast<std::uintptr_t>(number));  // NOLINT
  return NVML_SUCCESS;
}

nvmlReturn_t give_text(std::string_view text, char* buffer, unsigned bytes) {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  if (buffer == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (bytes <= text.size()) return NVML_ERROR_INSUFFICIENT_SIZE;
  buffer[text.copy(buffer, text.size())] = '\0';
  return NVML_SUCCESS;
}

std::string uuid_text(int number) {
  const auto bytes = device_uuid(number);
  std::string text = "GPU-";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes.at(i));
  }
  return text;
}

}  // namespace

nvmlReturn_t find_device(nvmlDevice_t handle, int& number) {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  const auto value = reinterpret_cast<std::uintptr_t>(handle);
  if (value < kFirstHandle || value >= kFirstHandle + static_cast<std::uintptr_t>(devices())) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  number = static_cast<int>(value - kFirstHandle);
  return NVML_SUCCESS;
}

std::optional<int> cuda_number(int number) {
  const Settings& settings = simulation().settings;
  for (int device = 0; device < settings.devices; ++device) {
    if (settings.machine_number(device) == number) return device;
  }
  return std::nullopt;
}

}  // namespace profile_train::simulator

using namespace profile_train::simulator;

// ---- the library

SIMULATED nvmlReturn_t nvmlInit_v2() {
  if (const int fault = injected_fault("nvmlInit"); fault != 0) return static_cast<nvmlReturn_t>(fault);
  ++initialised();
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlInit() { return nvmlInit_v2(); }
SIMULATED nvmlReturn_t nvmlInitWithFlags(unsigned) { return nvmlInit_v2(); }
SIMULATED nvmlReturn_t nvmlShutdown() {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  --initialised();
  return NVML_SUCCESS;
}

SIMULATED const char* nvmlErrorString(nvmlReturn_t result) {
  switch (result) {
    case NVML_SUCCESS: return "Success";
    case NVML_ERROR_UNINITIALIZED: return "Uninitialized";
    case NVML_ERROR_INVALID_ARGUMENT: return "Invalid Argument";
    case NVML_ERROR_NOT_SUPPORTED: return "Not Supported";
    case NVML_ERROR_NO_PERMISSION: return "Insufficient Permissions";
    case NVML_ERROR_NOT_FOUND: return "Not Found";
    case NVML_ERROR_INSUFFICIENT_SIZE: return "Insufficient Size";
    case NVML_ERROR_DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case NVML_ERROR_FUNCTION_NOT_FOUND: return "Function Not Found";
    case NVML_ERROR_GPU_IS_LOST: return "GPU is lost";
    case NVML_ERROR_ARGUMENT_VERSION_MISMATCH: return "Argument version mismatch";
    case NVML_ERROR_UNKNOWN: break;
  }
  return "Unknown Error";
}

// The driver that came with CUDA 13.0.
SIMULATED nvmlReturn_t nvmlSystemGetDriverVersion(char* buffer, unsigned bytes) {
  return give_text("580.65.06", buffer, bytes);
}
SIMULATED nvmlReturn_t nvmlSystemGetNVMLVersion(char* buffer, unsigned bytes) {
  return give_text("13.580.65.06", buffer, bytes);
}
SIMULATED nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  if (version == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *version = CUDA_VERSION;
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return nvmlSystemGetCudaDriverVersion_v2(version);
}

// ---- finding a device

SIMULATED nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) {
  if (initialised() == 0) return NVML_ERROR_UNINITIALIZED;
  if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *count = static_cast<unsigned>(devices());
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlDeviceGetCount(unsigned* count) { return nvmlDeviceGetCount_v2(count); }

SIMULATED nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* handle) {
  if (index >= static_cast<unsigned>(devices())) return NVML_ERROR_INVALID_ARGUMENT;
  return give_handle(static_cast<int>(index), handle);
}
SIMULATED nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t* handle) {
  return nvmlDeviceGetHandleByIndex_v2(index, handle);
}
SIMULATED nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* handle) {
  if (uuid == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  for (int number = 0; number < devices(); ++number) {
    if (uuid_text(number) == uuid) return give_handle(number, handle);
  }
  return NVML_ERROR_NOT_FOUND;
}
SIMULATED nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* id, nvmlDevice_t* handle) {
  unsigned domain = 0;
  unsigned bus = 0;
  if (id == nullptr || std::sscanf(id, "%x:%x:", &domain, &bus) != 2) {  // NOLINT(cert-err34-c): nothing can overflow
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  for (int number = 0; number < devices(); ++number) {
    if (domain == 0 && static_cast<unsigned>(pci_bus(number)) == bus) return give_handle(number, handle);
  }
  return NVML_ERROR_NOT_FOUND;
}
SIMULATED nvmlReturn_t nvmlDeviceGetHandleByPciBusId(const char* id, nvmlDevice_t* handle) {
  return nvmlDeviceGetHandleByPciBusId_v2(id, handle);
}

// ---- what identifies it

SIMULATED nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned* index) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (index == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *index = static_cast<unsigned>(number);
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned* minor) {
  return nvmlDeviceGetIndex(device, minor);
}
SIMULATED nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned bytes) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  return give_text(simulation().settings.card.name, name, bytes);
}
SIMULATED nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned bytes) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  return give_text(uuid_text(number), uuid, bytes);
}
SIMULATED nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* info) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *info = {};
  info->bus = static_cast<unsigned>(pci_bus(number));
  const std::string id = fmt::format("0000:{:02X}:00.0", info->bus);
  id.copy(info->busIdLegacy, sizeof info->busIdLegacy - 1);
  const std::string long_id = fmt::format("0000{}", id);
  long_id.copy(info->busId, sizeof info->busId - 1);
  return NVML_SUCCESS;
}
SIMULATED nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_t* info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}
SIMULATED nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  int number = 0;
  if (const nvmlReturn_t result = find_device(device, number); result != NVML_SUCCESS) return result;
  if (major == nullptr || minor == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *major = simulation().settings.card.compute_major;
  *minor = simulation().settings.card.compute_minor;
  return NVML_SUCCESS;
}
