// CUDA driver: virtual memory management, which expandable segments are made of.

#include "simulator/api/cuda_errors.h"
#include "simulator/driver_call.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"
#include "simulator/torch_library.h"

using namespace profile_train::simulator;

SIMULATED CUresult cuMemGetAllocationGranularity(std::size_t* bytes, const CUmemAllocationProp*,
                                                 CUmemAllocationGranularity_flags) {
  *bytes = kGranularity;
  return CUDA_SUCCESS;
}

SIMULATED CUresult cuMemAddressReserve(CUdeviceptr* pointer, std::size_t bytes, std::size_t alignment,
                                       CUdeviceptr wanted, unsigned long long flags) {
  const cuMemAddressReserve_params params{pointer, bytes, alignment, wanted, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAddressReserve, "cuMemAddressReserve", &params);
  watch_torch_allocator();
  std::uintptr_t address = 0;
  const Status status = simulation().memory.reserve_addresses(bytes, alignment, address);
  *pointer = address;
  return call.returns(driver(status));
}
SIMULATED CUresult cuMemAddressFree(CUdeviceptr pointer, std::size_t bytes) {
  const cuMemAddressFree_params params{pointer, bytes};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemAddressFree, "cuMemAddressFree", &params);
  const auto range = simulation().memory.find(pointer);
  if (!range || range->bytes != bytes) return call.returns(driver(Status::invalid_value));
  return call.returns(driver(simulation().memory.release(pointer, {MemoryKind::reservation})));
}

SIMULATED CUresult cuMemCreate(CUmemGenericAllocationHandle* handle, std::size_t bytes,
                               const CUmemAllocationProp* properties, unsigned long long flags) {
  const cuMemCreate_params params{handle, bytes, properties, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemCreate, "cuMemCreate", &params);
  if (properties->location.type != CU_MEM_LOCATION_TYPE_DEVICE) {
    simulation().coverage.not_implemented("cuMemCreate (in host memory)");
    return call.returns(driver(Status::not_supported));
  }
  if (!simulation().has_device(properties->location.id)) return call.returns(driver(Status::invalid_device));
  PhysicalHandle made = 0;
  const Status status = simulation().memory.create(properties->location.id, bytes, made);
  *handle = made;
  return call.returns(driver(status));
}
SIMULATED CUresult cuMemRelease(CUmemGenericAllocationHandle handle) {
  const cuMemRelease_params params{handle};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemRelease, "cuMemRelease", &params);
  return call.returns(driver(simulation().memory.release_physical(handle)));
}
SIMULATED CUresult cuMemMap(CUdeviceptr pointer, std::size_t bytes, std::size_t offset,
                            CUmemGenericAllocationHandle handle, unsigned long long flags) {
  const cuMemMap_params params{pointer, bytes, offset, handle, flags};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemMap, "cuMemMap", &params);
  if (offset != 0) return call.returns(driver(Status::invalid_value));  // as the real driver: offsets are reserved
  return call.returns(driver(simulation().memory.map(pointer, bytes, handle)));
}
SIMULATED CUresult cuMemUnmap(CUdeviceptr pointer, std::size_t bytes) {
  const cuMemUnmap_params params{pointer, bytes};
  const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemUnmap, "cuMemUnmap", &params);
  simulation().contents.forget(pointer, bytes);
  simulation().truths.forget(pointer, bytes);
  return call.returns(driver(simulation().memory.unmap(pointer, bytes)));
}
SIMULATED CUresult cuMemSetAccess(CUdeviceptr pointer, std::size_t, const CUmemAccessDesc*, std::size_t) {
  return driver(simulation().memory.find(pointer) ? Status::ok : Status::invalid_value);
}
SIMULATED CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle* handle, void* pointer) {
  PhysicalHandle retained = 0;
  const Status status = simulation().memory.retain(reinterpret_cast<std::uintptr_t>(pointer), retained);
  *handle = retained;
  return driver(status);
}
// Handles are for this process alone.
SIMULATED CUresult cuMemExportToShareableHandle(void*, CUmemGenericAllocationHandle, CUmemAllocationHandleType,
                                                unsigned long long) {
  simulation().coverage.not_implemented("cuMemExportToShareableHandle");
  return driver(Status::not_supported);
}
SIMULATED CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle*, void*, CUmemAllocationHandleType) {
  simulation().coverage.not_implemented("cuMemImportFromShareableHandle");
  return driver(Status::not_supported);
}
