// CUDA driver: devices, contexts, versions, errors, and its functions by name.

#include <dlfcn.h>

#include <cstring>

#include "simulator/api/cuda_errors.h"
#include "simulator/api/driver_table.h"
#include "simulator/device_attributes.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

CUcontext context_of(int device) {
  return reinterpret_cast<CUcontext>(Contexts::handle(device));  // NOLINT(performance-no-int-to-ptr): an opaque handle
}
int device_of(CUcontext context) { return Contexts::device(reinterpret_cast<std::uintptr_t>(context)); }

CUresult make_current(CUcontext context) {
  const int device = device_of(context);
  if (!simulation().has_device(device)) return driver(Status::invalid_context);
  current_device() = device;
  simulation().contexts.use(device);
  return CUDA_SUCCESS;
}

}  // namespace

SIMULATED CUresult cuInit(unsigned) {
  return simulation().settings.devices > 0 ? CUDA_SUCCESS : driver(Status::no_device);
}
SIMULATED CUresult cuDriverGetVersion(int* version) {
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuGetErrorString(CUresult error, const char** text) {
  *text = error_text(error).description;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuGetErrorName(CUresult error, const char** text) {
  *text = error_text(error).driver_name;
  return CUDA_SUCCESS;
}

// ---- devices

SIMULATED CUresult cuDeviceGetCount(int* count) {
  *count = simulation().settings.devices;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (!simulation().has_device(ordinal)) return driver(Status::invalid_device);
  *device = ordinal;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGetName(char* text, int length, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  std::strncpy(text, simulation().settings.card.name.c_str(), static_cast<std::size_t>(length));
  if (length > 0) text[length - 1] = '\0';
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  *value = device_attribute(simulation().settings, device, attribute);
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceTotalMem(std::size_t* bytes, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  *bytes = simulation().memory.device_bytes();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  cudaDeviceProp properties;
  if (cudaGetDeviceProperties(&properties, device) != cudaSuccess) return driver(Status::invalid_device);
  std::memcpy(uuid, &properties.uuid, sizeof *uuid);
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
  return static_cast<CUresult>(cudaDeviceGetPCIBusId(text, length, device));
}
SIMULATED CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  return static_cast<CUresult>(cudaDeviceCanAccessPeer(can, device, peer));
}

// ---- contexts: each device has its primary one and no other

SIMULATED CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  *flags = 0;
  *active = simulation().contexts.used(device) ? 1 : 0;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  simulation().contexts.use(device);
  *context = context_of(device);
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
SIMULATED CUresult cuDevicePrimaryCtxSetFlags(CUdevice, unsigned) { return CUDA_SUCCESS; }
SIMULATED CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = simulation().contexts.used(current_device()) ? context_of(current_device()) : nullptr;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuCtxSetCurrent(CUcontext context) {
  return context == nullptr ? CUDA_SUCCESS : make_current(context);
}
SIMULATED CUresult cuCtxPushCurrent(CUcontext context) { return make_current(context); }
SIMULATED CUresult cuCtxPopCurrent(CUcontext* context) {
  if (context != nullptr) *context = context_of(current_device());
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuCtxGetDevice(CUdevice* device) {
  *device = current_device();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuCtxSynchronize() {
  simulation().pools.synchronise();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuCtxSetLimit(CUlimit, std::size_t) { return CUDA_SUCCESS; }
SIMULATED CUresult cuCtxGetLimit(std::size_t* value, CUlimit) {
  *value = 1024;
  return CUDA_SUCCESS;
}

// ---- functions by name

void* profile_train::simulator::driver_function(const char* name) {
  struct Function {
    const char* name;
    void* address;
  };
  // Those whose header renames them; the others are found by the name they have.
  static const Function renamed[] = {
      {"cuMemAlloc", reinterpret_cast<void*>(&cuMemAlloc)},
      {"cuMemFree", reinterpret_cast<void*>(&cuMemFree)},
      {"cuMemGetInfo", reinterpret_cast<void*>(&cuMemGetInfo)},
      {"cuMemGetAddressRange", reinterpret_cast<void*>(&cuMemGetAddressRange)},
      {"cuMemcpyHtoD", reinterpret_cast<void*>(&cuMemcpyHtoD)},
      {"cuMemcpyDtoH", reinterpret_cast<void*>(&cuMemcpyDtoH)},
      {"cuMemcpyDtoD", reinterpret_cast<void*>(&cuMemcpyDtoD)},
      {"cuMemcpyHtoDAsync", reinterpret_cast<void*>(&cuMemcpyHtoDAsync)},
      {"cuMemcpyDtoHAsync", reinterpret_cast<void*>(&cuMemcpyDtoHAsync)},
      {"cuMemcpyDtoDAsync", reinterpret_cast<void*>(&cuMemcpyDtoDAsync)},
      {"cuMemsetD8", reinterpret_cast<void*>(&cuMemsetD8)},
      {"cuMemsetD32", reinterpret_cast<void*>(&cuMemsetD32)},
      {"cuDeviceTotalMem", reinterpret_cast<void*>(&cuDeviceTotalMem)},
      {"cuDeviceGetUuid", reinterpret_cast<void*>(&cuDeviceGetUuid)},
      {"cuCtxPushCurrent", reinterpret_cast<void*>(&cuCtxPushCurrent)},
      {"cuCtxPopCurrent", reinterpret_cast<void*>(&cuCtxPopCurrent)},
      {"cuDevicePrimaryCtxRelease", reinterpret_cast<void*>(&cuDevicePrimaryCtxRelease)},
      {"cuDevicePrimaryCtxSetFlags", reinterpret_cast<void*>(&cuDevicePrimaryCtxSetFlags)},
      {"cuModuleGetGlobal", reinterpret_cast<void*>(&cuModuleGetGlobal)},
      {"cuLinkCreate", reinterpret_cast<void*>(&cuLinkCreate)},
      {"cuLinkAddData", reinterpret_cast<void*>(&cuLinkAddData)},
      {"cuStreamDestroy", reinterpret_cast<void*>(&cuStreamDestroy)},
      {"cuStreamWriteValue32", reinterpret_cast<void*>(&cuStreamWriteValue32)},
      {"cuEventDestroy", reinterpret_cast<void*>(&cuEventDestroy)},
      {"cuEventElapsedTime", reinterpret_cast<void*>(&cuEventElapsedTime)},
      {"cuMemHostRegister", reinterpret_cast<void*>(&cuMemHostRegister)},
      {"cuGetProcAddress", reinterpret_cast<void*>(&cuGetProcAddress)},
  };
  for (const Function& function : renamed) {
    if (std::strcmp(function.name, name) == 0) return function.address;
  }
  return dlsym(RTLD_DEFAULT, name);
}

SIMULATED CUresult cuGetProcAddress(const char* name, void** function, int, cuuint64_t,
                                    CUdriverProcAddressQueryResult* result) {
  *function = driver_function(name);
  if (result != nullptr) {
    *result = *function != nullptr ? CU_GET_PROC_ADDRESS_SUCCESS : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
  }
  return *function != nullptr ? CUDA_SUCCESS : driver(Status::not_found);
}

// The driver's undocumented tables: whoever needs them is a copy of NVIDIA's runtime, which this library replaces.
SIMULATED CUresult cuGetExportTable(const void**, const CUuuid*) {
  simulation().coverage.not_implemented("cuGetExportTable");
  return driver(Status::not_supported);
}
