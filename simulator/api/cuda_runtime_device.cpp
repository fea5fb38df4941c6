// CUDA runtime: devices, their properties, peers, errors, versions.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "simulator/api/cuda_errors.h"
#include "simulator/device_attributes.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

int attribute(int device, CUdevice_attribute attribute) {
  return device_attribute(simulation().settings, device, attribute);
}

}  // namespace

SIMULATED cudaError_t cudaGetDeviceCount(int* count) {
  *count = simulation().settings.devices;
  return *count > 0 ? cudaSuccess : runtime(Status::no_device);
}

SIMULATED cudaError_t cudaGetDevice(int* device) {
  if (simulation().settings.devices == 0) return runtime(Status::no_device);
  *device = current_device();
  return cudaSuccess;
}

SIMULATED cudaError_t cudaSetDevice(int device) {
  if (!simulation().has_device(device)) return runtime(Status::invalid_device);
  current_device() = device;
  simulation().contexts.use(device);
  return cudaSuccess;
}

SIMULATED cudaError_t cudaInitDevice(int device, unsigned, unsigned) {
  if (!simulation().has_device(device)) return runtime(Status::invalid_device);
  simulation().contexts.use(device);
  return cudaSuccess;
}

SIMULATED cudaError_t cudaSetValidDevices(int*, int) { return cudaSuccess; }

SIMULATED cudaError_t cudaChooseDevice(int* device, const cudaDeviceProp*) {
  *device = 0;
  return cudaSuccess;
}

SIMULATED cudaError_t cudaGetDeviceFlags(unsigned* flags) {
  *flags = cudaDeviceScheduleAuto;
  return cudaSuccess;
}

SIMULATED cudaError_t cudaSetDeviceFlags(unsigned) { return cudaSuccess; }

SIMULATED cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int device) {
  if (!simulation().has_device(device)) return runtime(Status::invalid_device);
  *value = device_attribute(simulation().settings, device, which);
  return cudaSuccess;
}

SIMULATED cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  const Simulation& sim = simulation();
  if (!sim.has_device(device)) return runtime(Status::invalid_device);
  *properties = {};
  cudaDeviceProp& p = *properties;
  std::strncpy(p.name, sim.settings.card.name.c_str(), sizeof p.name - 1);
  const auto uuid = device_uuid(sim.settings.machine_number(device));
  std::memcpy(p.uuid.bytes, uuid.data(), uuid.size());
  p.totalGlobalMem = sim.memory.device_bytes();
  p.sharedMemPerBlock = sim.settings.card.shared_memory_per_block;
  p.regsPerBlock = sim.settings.card.registers_per_multiprocessor;
  p.warpSize = attribute(device, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
  p.memPitch = static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_MAX_PITCH));
  p.maxThreadsPerBlock = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  p.maxThreadsDim[0] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X);
  p.maxThreadsDim[1] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y);
  p.maxThreadsDim[2] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z);
  p.maxGridSize[0] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X);
  p.maxGridSize[1] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y);
  p.maxGridSize[2] = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z);
  p.totalConstMem = static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY));
  p.major = sim.settings.card.compute_major;
  p.minor = sim.settings.card.compute_minor;
  p.textureAlignment = static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT));
  p.texturePitchAlignment = static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_TEXTURE_PITCH_ALIGNMENT));
  p.surfaceAlignment = static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_SURFACE_ALIGNMENT));
  p.multiProcessorCount = sim.settings.card.multiprocessors;
  p.canMapHostMemory = 1;
  p.concurrentKernels = 1;
  p.pciBusID = attribute(device, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID);
  p.asyncEngineCount = attribute(device, CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT);
  p.unifiedAddressing = 1;
  p.memoryBusWidth = sim.settings.card.memory_bus_bits;
  p.l2CacheSize = static_cast<int>(sim.settings.card.l2_cache_bytes);
  p.maxThreadsPerMultiProcessor = sim.settings.card.max_threads_per_multiprocessor;
  p.maxBlocksPerMultiProcessor = sim.settings.card.max_blocks_per_multiprocessor;
  p.streamPrioritiesSupported = 1;
  p.globalL1CacheSupported = 1;
  p.localL1CacheSupported = 1;
  p.sharedMemPerMultiprocessor = sim.settings.card.shared_memory_per_multiprocessor;
  p.sharedMemPerBlockOptin = sim.settings.card.shared_memory_per_block_optin;
  p.reservedSharedMemPerBlock =
      static_cast<std::size_t>(attribute(device, CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK));
  p.regsPerMultiprocessor = sim.settings.card.registers_per_multiprocessor;
  p.managedMemory = 1;
  p.concurrentManagedAccess = 1;
  p.computePreemptionSupported = 1;
  p.canUseHostPointerForRegisteredMem = 1;
  p.cooperativeLaunch = 1;
  p.hostRegisterSupported = 1;
  p.memoryPoolsSupported = 1;
  p.unifiedFunctionPointers = 1;
  p.clusterLaunch = attribute(device, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH);
  return cudaSuccess;
}

SIMULATED cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int device) {
  if (!simulation().has_device(device)) return runtime(Status::invalid_device);
  const std::string id = fmt::format("0000:{:02X}:00.0", attribute(device, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID));
  if (length <= static_cast<int>(id.size())) return runtime(Status::invalid_value);
  std::memcpy(text, id.c_str(), id.size() + 1);
  return cudaSuccess;
}

SIMULATED cudaError_t cudaDeviceGetByPCIBusId(int* device, const char* text) {
  unsigned domain = 0;
  unsigned bus = 0;
  if (std::sscanf(text, "%x:%x:", &domain, &bus) != 2) return runtime(Status::invalid_value);  // NOLINT(cert-err34-c)
  for (int candidate = 0; candidate < simulation().settings.devices; ++candidate) {
    if (attribute(candidate, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID) != static_cast<int>(bus)) continue;
    *device = candidate;
    return cudaSuccess;
  }
  return runtime(Status::invalid_device);
}

SIMULATED cudaError_t cudaDeviceGetLimit(std::size_t* value, cudaLimit) {
  *value = 1024;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaDeviceSetLimit(cudaLimit, std::size_t) { return cudaSuccess; }

SIMULATED cudaError_t cudaDeviceSynchronize() {
  simulation().pools.synchronise();
  simulation().collectives.synchronised();
  return cudaSuccess;
}

SIMULATED cudaError_t cudaDeviceReset() {
  simulation().coverage.not_implemented("cudaDeviceReset (memory stays allocated)");
  return runtime(Status::not_supported);
}

// ---- peers: every device reaches every other

SIMULATED cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  if (!simulation().has_device(device) || !simulation().has_device(peer)) return runtime(Status::invalid_device);
  *can = device != peer ? 1 : 0;
  return cudaSuccess;
}

SIMULATED cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned) {
  if (!simulation().has_device(peer) || peer == current_device()) return runtime(Status::invalid_device);
  const bool is_new = simulation().contexts.enable_peer(current_device(), peer);
  return is_new ? cudaSuccess : runtime(Status::peer_access_already_enabled);
}

SIMULATED cudaError_t cudaDeviceDisablePeerAccess(int peer) {
  if (!simulation().has_device(peer)) return runtime(Status::invalid_device);
  const bool was_enabled = simulation().contexts.disable_peer(current_device(), peer);
  return was_enabled ? cudaSuccess : runtime(Status::peer_access_not_enabled);
}

SIMULATED cudaError_t cudaDeviceGetP2PAttribute(int* value, cudaDeviceP2PAttr which, int device, int peer) {
  if (!simulation().has_device(device) || !simulation().has_device(peer)) return runtime(Status::invalid_device);
  *value = which == cudaDevP2PAttrAccessSupported && device != peer ? 1 : 0;
  return cudaSuccess;
}

// ---- errors and versions

SIMULATED cudaError_t cudaGetLastError() { return std::exchange(last_error(), cudaSuccess); }
SIMULATED cudaError_t cudaPeekAtLastError() { return last_error(); }
SIMULATED const char* cudaGetErrorName(cudaError_t error) { return error_text(error).runtime_name; }
SIMULATED const char* cudaGetErrorString(cudaError_t error) { return error_text(error).description; }

SIMULATED cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDA_VERSION;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

SIMULATED cudaError_t cudaProfilerStart() { return cudaSuccess; }
SIMULATED cudaError_t cudaProfilerStop() { return cudaSuccess; }
