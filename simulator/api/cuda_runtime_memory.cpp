// CUDA runtime: memory. Device memory goes through the driver's entry points, as it does in the real runtime.

#include <algorithm>
#include <cstring>

#include "simulator/api/cuda_errors.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
void* pointer_to(std::uintptr_t address) {
  return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr): CUDA's type
}
CUdeviceptr device_pointer(const void* pointer) { return static_cast<CUdeviceptr>(address_of(pointer)); }

/// Does `work` now, unless the stream is only recording what a graph will do later.
template <class Work>
cudaError_t on_stream(cudaStream_t stream, Work work) {
  Capture capture;
  const Status known = simulation().streams.capture(handle_of(stream), current_device(), capture);
  if (known != Status::ok) return runtime(known);
  return capture.state == CaptureState::active ? cudaSuccess : runtime(work());
}

cudaError_t copy_on(cudaStream_t stream, void* to, const void* from, std::size_t bytes) {
  return on_stream(stream, [&] { return copy(to, from, bytes); });
}

Status copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t width,
                 std::size_t height) {
  if (width > to_pitch || width > from_pitch) return Status::invalid_value;
  if (to_pitch == width && from_pitch == width) return copy(to, from, width * height);
  for (std::size_t row = 0; row < height; ++row) {
    const Status status =
        copy(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch, width);
    if (status != Status::ok) return status;
  }
  return Status::ok;
}

cudaError_t refuse_ipc(const char* call) {
  simulation().coverage.not_implemented(call);
  return runtime(Status::not_supported);
}

}  // namespace

// ---- device memory

SIMULATED cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  *pointer = nullptr;
  if (bytes == 0) return cudaSuccess;
  CUdeviceptr address = 0;
  const CUresult result = cuMemAlloc(&address, bytes);
  if (result == CUDA_SUCCESS) *pointer = pointer_to(address);
  return runtime(result);
}

SIMULATED cudaError_t cudaFree(void* pointer) {
  if (pointer == nullptr) {
    simulation().contexts.use(current_device());  // the customary way to make a context
    return cudaSuccess;
  }
  return runtime(cuMemFree(device_pointer(pointer)));
}

SIMULATED cudaError_t cudaMallocPitch(void** pointer, std::size_t* pitch, std::size_t width, std::size_t height) {
  constexpr std::size_t kPitch = 512;
  *pitch = (width + kPitch - 1) / kPitch * kPitch;
  return cudaMalloc(pointer, *pitch * height);
}

SIMULATED cudaError_t cudaMallocManaged(void** pointer, std::size_t bytes, unsigned flags) {
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocManaged(&address, bytes, flags);
  if (result == CUDA_SUCCESS) *pointer = pointer_to(address);
  return runtime(result);
}

SIMULATED cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return runtime(cuMemGetInfo(free_bytes, total_bytes));
}

SIMULATED cudaError_t cudaMemAdvise(const void*, std::size_t, cudaMemoryAdvise, cudaMemLocation) { return cudaSuccess; }
SIMULATED cudaError_t cudaMemPrefetchAsync(const void*, std::size_t, cudaMemLocation, unsigned, cudaStream_t) {
  return cudaSuccess;
}

// ---- host memory

SIMULATED cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned flags) {
  return runtime(cuMemHostAlloc(pointer, bytes, flags));
}
SIMULATED cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) { return cudaHostAlloc(pointer, bytes, 0); }
SIMULATED cudaError_t cudaFreeHost(void* pointer) {
  return pointer == nullptr ? cudaSuccess : runtime(cuMemFreeHost(pointer));
}
SIMULATED cudaError_t cudaHostRegister(void* pointer, std::size_t bytes, unsigned) {
  return runtime(simulation().memory.register_host(address_of(pointer), bytes));
}
SIMULATED cudaError_t cudaHostUnregister(void* pointer) {
  return runtime(simulation().memory.release(address_of(pointer), {MemoryKind::registered}));
}
SIMULATED cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  const auto range = simulation().memory.find(address_of(host));
  if (!range || range->on_device()) return runtime(Status::invalid_value);
  *device = host;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaHostGetFlags(unsigned* flags, void* host) {
  if (!simulation().memory.find(address_of(host))) return runtime(Status::invalid_value);
  *flags = cudaHostAllocMapped;
  return cudaSuccess;
}

SIMULATED cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  *attributes = {};
  const auto range = simulation().memory.find(address_of(pointer));
  if (!range) {
    attributes->type = cudaMemoryTypeUnregistered;
    attributes->device = cudaInvalidDeviceId;
    return cudaSuccess;
  }
  attributes->device = range->device;
  attributes->devicePointer = const_cast<void*>(pointer);  // NOLINT(cppcoreguidelines-pro-type-const-cast): CUDA's type
  switch (range->kind) {
    case MemoryKind::device:
    case MemoryKind::pooled:
    case MemoryKind::reservation: attributes->type = cudaMemoryTypeDevice; break;
    case MemoryKind::managed: attributes->type = cudaMemoryTypeManaged; break;
    case MemoryKind::pinned:
    case MemoryKind::registered: attributes->type = cudaMemoryTypeHost; break;
  }
  if (!range->on_device()) attributes->hostPointer = attributes->devicePointer;
  return cudaSuccess;
}

// ---- stream-ordered memory and pools

SIMULATED cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t stream) {
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocAsync(&address, bytes, stream);
  *pointer = pointer_to(address);
  return runtime(result);
}
SIMULATED cudaError_t cudaMallocFromPoolAsync(void** pointer, std::size_t bytes, cudaMemPool_t pool,
                                              cudaStream_t stream) {
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocFromPoolAsync(&address, bytes, reinterpret_cast<CUmemoryPool>(pool), stream);
  *pointer = pointer_to(address);
  return runtime(result);
}
SIMULATED cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return pointer == nullptr ? cudaSuccess : runtime(cuMemFreeAsync(device_pointer(pointer), stream));
}
SIMULATED cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return runtime(cuDeviceGetDefaultMemPool(reinterpret_cast<CUmemoryPool*>(pool), device));
}
SIMULATED cudaError_t cudaDeviceGetMemPool(cudaMemPool_t* pool, int device) {
  return runtime(cuDeviceGetMemPool(reinterpret_cast<CUmemoryPool*>(pool), device));
}
SIMULATED cudaError_t cudaDeviceSetMemPool(int device, cudaMemPool_t pool) {
  return runtime(cuDeviceSetMemPool(device, reinterpret_cast<CUmemoryPool>(pool)));
}
SIMULATED cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  CUmemPoolProps driver_properties{};
  driver_properties.location.id = properties->location.id;
  return runtime(cuMemPoolCreate(reinterpret_cast<CUmemoryPool*>(pool), &driver_properties));
}
SIMULATED cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
  return runtime(cuMemPoolDestroy(reinterpret_cast<CUmemoryPool>(pool)));
}
SIMULATED cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, std::size_t bytes) {
  return runtime(cuMemPoolTrimTo(reinterpret_cast<CUmemoryPool>(pool), bytes));
}
// The numbers of cudaMemPoolAttr are those of CUmemPool_attribute.
SIMULATED cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr which, void* value) {
  return runtime(
      cuMemPoolGetAttribute(reinterpret_cast<CUmemoryPool>(pool), static_cast<CUmemPool_attribute>(which), value));
}
SIMULATED cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr which, void* value) {
  return runtime(
      cuMemPoolSetAttribute(reinterpret_cast<CUmemoryPool>(pool), static_cast<CUmemPool_attribute>(which), value));
}
SIMULATED cudaError_t cudaMemPoolSetAccess(cudaMemPool_t pool, const cudaMemAccessDesc*, std::size_t) {
  return runtime(simulation().pools.check(handle_of(pool)));
}

// ---- copies

SIMULATED cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  return runtime(copy(to, from, bytes));
}
SIMULATED cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                                      cudaStream_t stream) {
  return copy_on(stream, to, from, bytes);
}
SIMULATED cudaError_t cudaMemcpyPeer(void* to, int, const void* from, int, std::size_t bytes) {
  return runtime(copy(to, from, bytes));
}
SIMULATED cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, std::size_t bytes,
                                          cudaStream_t stream) {
  return copy_on(stream, to, from, bytes);
}
SIMULATED cudaError_t cudaMemcpy2D(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                                   std::size_t width, std::size_t height, cudaMemcpyKind) {
  return runtime(copy_rows(to, to_pitch, from, from_pitch, width, height));
}
SIMULATED cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                                        std::size_t width, std::size_t height, cudaMemcpyKind, cudaStream_t stream) {
  return on_stream(stream, [&] { return copy_rows(to, to_pitch, from, from_pitch, width, height); });
}
// A device variable has no storage here: what is written into it is lost, which no memory figure depends on.
SIMULATED cudaError_t cudaMemcpyToSymbol(const void*, const void*, std::size_t, std::size_t, cudaMemcpyKind) {
  return cudaSuccess;
}
SIMULATED cudaError_t cudaGetSymbolAddress(void** address, const void* symbol) {
  *address = const_cast<void*>(symbol);  // NOLINT(cppcoreguidelines-pro-type-const-cast): CUDA's type
  return cudaSuccess;
}
SIMULATED cudaError_t cudaMemset(void* pointer, int value, std::size_t bytes) {
  return runtime(fill(pointer, static_cast<unsigned char>(value), bytes));
}
SIMULATED cudaError_t cudaMemsetAsync(void* pointer, int value, std::size_t bytes, cudaStream_t stream) {
  return on_stream(stream, [&] { return fill(pointer, static_cast<unsigned char>(value), bytes); });
}

// ---- other processes: nothing is shared

SIMULATED cudaError_t cudaIpcGetMemHandle(cudaIpcMemHandle_t*, void*) { return refuse_ipc("cudaIpcGetMemHandle"); }
SIMULATED cudaError_t cudaIpcOpenMemHandle(void**, cudaIpcMemHandle_t, unsigned) {
  return refuse_ipc("cudaIpcOpenMemHandle");
}
SIMULATED cudaError_t cudaIpcCloseMemHandle(void*) { return refuse_ipc("cudaIpcCloseMemHandle"); }
SIMULATED cudaError_t cudaIpcGetEventHandle(cudaIpcEventHandle_t*, cudaEvent_t) {
  return refuse_ipc("cudaIpcGetEventHandle");
}
SIMULATED cudaError_t cudaIpcOpenEventHandle(cudaEvent_t*, cudaIpcEventHandle_t) {
  return refuse_ipc("cudaIpcOpenEventHandle");
}
