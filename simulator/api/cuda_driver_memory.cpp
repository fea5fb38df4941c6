// CUDA driver: memory, pools and copies.

#include <cstring>

#include "simulator/api/cuda_errors.h"
#include "simulator/driver_call.h"
#include "simulator/entry_point.h"
#include "simulator/message.h"
#include "simulator/simulation.h"
#include "simulator/torch_library.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

void* pointer_to(CUdeviceptr address) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));  // NOLINT(performance-no-int-to-ptr)
}
std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
CUmemoryPool pool_of(Handle handle) {
  return reinterpret_cast<CUmemoryPool>(handle);  // NOLINT(performance-no-int-to-ptr): an opaque handle
}

void log(const char* call, std::uintptr_t address, std::size_t bytes, Status status) {
  if (!simulation().settings.log_calls) return;
  say("{} of {} B at {:#x}: {}; device {} holds {} B", call, bytes, address,
      error_text(static_cast<int>(status)).description, current_device(),
      simulation().memory.usage(current_device()).used_bytes);
}

/// Finishes an allocation: what all kinds of it have in common.
CUresult give(const char* call, CUdeviceptr* pointer, std::uintptr_t address, std::size_t bytes, Status status) {
  *pointer = status == Status::ok ? address : 0;
  log(call, address, bytes, status);
  return driver(status);
}

void forget(std::uintptr_t address, std::size_t bytes) {
  simulation().contents.forget(address, bytes);
  simulation().truths.forget(address, bytes);
}

/// Takes what cudaMalloc and what cudaMallocAsync gave, as the driver's releases do.
CUresult release(const char* call, std::uintptr_t address) {
  Simulation& sim = simulation();
  const auto range = sim.memory.find(address);
  if (!range || range->address != address) return driver(Status::invalid_value);
  // Before it is released: afterwards another thread may own the addresses, and have written something there.
  if (range->on_device()) forget(address, range->bytes);
  const Status status = range->kind == MemoryKind::pooled
                            ? sim.pools.release(address)
                            : sim.memory.release(address, {MemoryKind::device, MemoryKind::managed});
  log(call, address, range->bytes, status);
  return driver(status);
}

}  // namespace

// ---- device memory

SIMULATED CUresult cuMemAlloc(CUdeviceptr* pointer, std::size_t bytes) {
  const cuMemAlloc_v2_params params{pointer, bytes};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, "cuMemAlloc_v2", &params);
  watch_torch_allocator();
  simulation().contexts.use(current_device());
  std::uintptr_t address = 0;
  const Status status = simulation().memory.allocate(current_device(), bytes, address);
  return call.returns(give("cuMemAlloc", pointer, address, bytes, status));
}

SIMULATED CUresult cuMemFree(CUdeviceptr pointer) {
  const cuMemFree_v2_params params{pointer};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, "cuMemFree_v2", &params);
  return call.returns(release("cuMemFree", pointer));
}

SIMULATED CUresult cuMemAllocManaged(CUdeviceptr* pointer, std::size_t bytes, unsigned flags) {
  const cuMemAllocManaged_params params{pointer, bytes, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged, "cuMemAllocManaged", &params);
  std::uintptr_t address = 0;
  const Status status = simulation().memory.allocate_managed(current_device(), bytes, address);
  return call.returns(give("cuMemAllocManaged", pointer, address, bytes, status));
}

SIMULATED CUresult cuMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  Simulation& sim = simulation();
  if (sim.settings.devices == 0) return driver(Status::no_device);
  sim.contexts.use(current_device());
  *free_bytes = sim.memory.free_bytes(current_device());
  *total_bytes = sim.memory.device_bytes();
  return CUDA_SUCCESS;
}

// ---- host memory

SIMULATED CUresult cuMemHostAlloc(void** pointer, std::size_t bytes, unsigned flags) {
  const cuMemHostAlloc_params params{pointer, bytes, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc, "cuMemHostAlloc", &params);
  std::uintptr_t address = 0;
  const Status status = simulation().memory.allocate_pinned(bytes, address);
  *pointer = pointer_to(address);
  return call.returns(driver(status));
}
SIMULATED CUresult cuMemFreeHost(void* pointer) {
  const cuMemFreeHost_params params{pointer};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemFreeHost, "cuMemFreeHost", &params);
  return call.returns(driver(simulation().memory.release(address_of(pointer), {MemoryKind::pinned})));
}
SIMULATED CUresult cuMemHostRegister(void* pointer, std::size_t bytes, unsigned flags) {
  const cuMemHostRegister_v2_params params{pointer, bytes, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemHostRegister_v2, "cuMemHostRegister_v2", &params);
  return call.returns(driver(simulation().memory.register_host(address_of(pointer), bytes)));
}
SIMULATED CUresult cuMemHostUnregister(void* pointer) {
  const cuMemHostUnregister_params params{pointer};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemHostUnregister, "cuMemHostUnregister", &params);
  return call.returns(driver(simulation().memory.release(address_of(pointer), {MemoryKind::registered})));
}

// ---- what an address is

SIMULATED CUresult cuPointerGetAttribute(void* value, CUpointer_attribute attribute, CUdeviceptr pointer) {
  const auto range = simulation().memory.find(pointer);
  if (!range) return driver(Status::invalid_value);
  const auto put = [&](auto answer) {
    std::memcpy(value, &answer, sizeof answer);
    return CUDA_SUCCESS;
  };
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT: return put(Contexts::handle(range->device));
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return put(static_cast<unsigned>(range->on_device() ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST));
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER: return put(pointer);
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      return range->on_device() ? driver(Status::invalid_value) : put(pointer_to(pointer));
    case CU_POINTER_ATTRIBUTE_IS_MANAGED: return put(static_cast<unsigned>(range->kind == MemoryKind::managed));
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL: return put(range->device);
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR: return put(static_cast<CUdeviceptr>(range->address));
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE: return put(range->bytes);
    case CU_POINTER_ATTRIBUTE_BUFFER_ID: return put(static_cast<unsigned long long>(range->number));
    case CU_POINTER_ATTRIBUTE_MAPPED: return put(1U);
    default: return driver(Status::not_supported);
  }
}
SIMULATED CUresult cuMemGetAddressRange(CUdeviceptr* base, std::size_t* bytes, CUdeviceptr pointer) {
  const auto range = simulation().memory.find(pointer);
  if (!range) return driver(Status::not_found);
  if (base != nullptr) *base = range->address;
  if (bytes != nullptr) *bytes = range->bytes;
  return CUDA_SUCCESS;
}

// ---- stream-ordered memory

SIMULATED CUresult cuMemAllocFromPoolAsync(CUdeviceptr* pointer, std::size_t bytes, CUmemoryPool pool,
                                           CUstream stream) {
  const cuMemAllocFromPoolAsync_params params{pointer, bytes, pool, stream};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync, "cuMemAllocFromPoolAsync", &params);
  std::uintptr_t address = 0;
  const Status status = simulation().pools.allocate(handle_of(pool), bytes, address);
  return call.returns(give("cuMemAllocFromPoolAsync", pointer, address, bytes, status));
}
SIMULATED CUresult cuMemAllocAsync(CUdeviceptr* pointer, std::size_t bytes, CUstream stream) {
  const cuMemAllocAsync_params params{pointer, bytes, stream};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync, "cuMemAllocAsync", &params);
  simulation().contexts.use(current_device());
  std::uintptr_t address = 0;
  const Status status = simulation().pools.allocate(simulation().pools.current_pool(current_device()), bytes, address);
  return call.returns(give("cuMemAllocAsync", pointer, address, bytes, status));
}
SIMULATED CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream stream) {
  const cuMemFreeAsync_params params{pointer, stream};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync, "cuMemFreeAsync", &params);
  return call.returns(release("cuMemFreeAsync", pointer));
}
SIMULATED CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  *pool = pool_of(simulation().pools.default_pool(device));
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice device) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  *pool = pool_of(simulation().pools.current_pool(device));
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuDeviceSetMemPool(CUdevice device, CUmemoryPool pool) {
  if (!simulation().has_device(device)) return driver(Status::invalid_device);
  return driver(simulation().pools.set_current_pool(device, handle_of(pool)));
}
SIMULATED CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties) {
  const cuMemPoolCreate_params params{pool, properties};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemPoolCreate, "cuMemPoolCreate", &params);
  if (!simulation().has_device(properties->location.id)) return call.returns(driver(Status::invalid_device));
  *pool = pool_of(simulation().pools.create(properties->location.id));
  return call.returns(CUDA_SUCCESS);
}
SIMULATED CUresult cuMemPoolDestroy(CUmemoryPool pool) {
  const cuMemPoolDestroy_params params{pool};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemPoolDestroy, "cuMemPoolDestroy", &params);
  return call.returns(driver(simulation().pools.destroy(handle_of(pool))));
}
SIMULATED CUresult cuMemPoolTrimTo(CUmemoryPool pool, std::size_t bytes) {
  const cuMemPoolTrimTo_params params{pool, bytes};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemPoolTrimTo, "cuMemPoolTrimTo", &params);
  return call.returns(driver(simulation().pools.trim(handle_of(pool), bytes)));
}
SIMULATED CUresult cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc*, std::size_t) {
  return driver(simulation().pools.check(handle_of(pool)));
}
SIMULATED CUresult cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attribute, void* value) {
  PoolUsage usage;
  if (const Status status = simulation().pools.usage(handle_of(pool), usage); status != Status::ok) {
    return driver(status);
  }
  std::uint64_t& bytes = *static_cast<std::uint64_t*>(value);
  switch (attribute) {
    case CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT: bytes = usage.reserved_bytes; return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH: bytes = usage.reserved_peak_bytes; return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_USED_MEM_CURRENT: bytes = usage.used_bytes; return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_USED_MEM_HIGH: bytes = usage.used_peak_bytes; return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD: return driver(simulation().pools.release_threshold(handle_of(pool), bytes));
    default: *static_cast<int*>(value) = 1; return CUDA_SUCCESS;  // the three kinds of reuse, all of them on
  }
}
SIMULATED CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attribute, void* value) {
  switch (attribute) {
    case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
      return driver(simulation().pools.set_release_threshold(handle_of(pool), *static_cast<std::uint64_t*>(value)));
    case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH: return driver(simulation().pools.reset_reserved_peak(handle_of(pool)));
    case CU_MEMPOOL_ATTR_USED_MEM_HIGH: return driver(simulation().pools.reset_used_peak(handle_of(pool)));
    default: return driver(simulation().pools.check(handle_of(pool)));
  }
}

// ---- copies

SIMULATED CUresult cuMemcpyHtoD(CUdeviceptr to, const void* from, std::size_t bytes) {
  return driver(copy(pointer_to(to), from, bytes));
}
SIMULATED CUresult cuMemcpyDtoH(void* to, CUdeviceptr from, std::size_t bytes) {
  return driver(copy(to, pointer_to(from), bytes));
}
SIMULATED CUresult cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
  return driver(copy(pointer_to(to), pointer_to(from), bytes));
}
SIMULATED CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, std::size_t bytes, CUstream) {
  return cuMemcpyHtoD(to, from, bytes);
}
SIMULATED CUresult cuMemcpyDtoHAsync(void* to, CUdeviceptr from, std::size_t bytes, CUstream) {
  return cuMemcpyDtoH(to, from, bytes);
}
SIMULATED CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream) {
  return cuMemcpyDtoD(to, from, bytes);
}
SIMULATED CUresult cuMemsetD8(CUdeviceptr to, unsigned char value, std::size_t count) {
  return driver(fill(pointer_to(to), value, count));
}
SIMULATED CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream) {
  return cuMemsetD8(to, value, count);
}
SIMULATED CUresult cuMemsetD32(CUdeviceptr to, unsigned value, std::size_t count) {
  if (value == (value & 0xFFU) * 0x01010101U) return cuMemsetD8(to, static_cast<unsigned char>(value), count * 4);
  forget(to, count * 4);
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, std::size_t count, CUstream) {
  return cuMemsetD32(to, value, count);
}
