#include "hooks/cupti_calls.h"

#include <array>

namespace profile_train::hooks {

namespace {

constexpr std::array<CUpti_CallbackId, 19> kMemoryCalls = {
    CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocPitch_v2,
    CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged,
    CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc,
    CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc_v2,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocHost_v2,
    CUPTI_DRIVER_TRACE_CBID_cuMemFreeHost,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync_ptsz,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync,
    CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync_ptsz,
    CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync,
    CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync_ptsz,
    CUPTI_DRIVER_TRACE_CBID_cuMemCreate,
    CUPTI_DRIVER_TRACE_CBID_cuMemRelease,
    CUPTI_DRIVER_TRACE_CBID_cuMemRetainAllocationHandle,
    CUPTI_DRIVER_TRACE_CBID_cuMemMap,
    CUPTI_DRIVER_TRACE_CBID_cuMemUnmap,
};

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

template <typename Params>
const Params& as(const void* params) {
  return *static_cast<const Params*>(params);
}

DriverChange allocation(DriverMemory memory, std::uint64_t address, std::size_t bytes) {
  return {.kind = EventKind::driver_allocate, .memory = memory, .address = address, .bytes = static_cast<Bytes>(bytes)};
}

template <typename Params>
DriverChange pooled(const void* params) {
  return allocation(DriverMemory::pooled, *as<Params>(params).dptr, as<Params>(params).bytesize);
}

// `released` is 0 for a call that was given null, which does nothing.
std::optional<DriverChange> release(DriverMemory memory, std::uint64_t released) {
  if (released == 0) return std::nullopt;
  return DriverChange{.kind = EventKind::driver_free, .memory = memory, .address = released};
}

std::optional<DriverChange> creation(const cuMemCreate_params& params) {
  if (params.prop->location.type != CU_MEM_LOCATION_TYPE_DEVICE) return std::nullopt;
  DriverChange change = allocation(DriverMemory::physical, *params.handle, params.size);
  change.device = params.prop->location.id;
  return change;
}

DriverChange mapping(CUdeviceptr place, CUmemGenericAllocationHandle handle) {
  return {.kind = EventKind::driver_map,
          .memory = DriverMemory::physical,
          .address = place,
          .bytes = static_cast<Bytes>(handle)};
}

}  // namespace

std::span<const CUpti_CallbackId> memory_calls() { return kMemoryCalls; }

std::optional<DriverChange> change_by(CUpti_CallbackId call, const void* params) noexcept {
  switch (call) {
    case CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2: {
      const auto& p = as<cuMemAlloc_v2_params>(params);
      return allocation(DriverMemory::device, *p.dptr, p.bytesize);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocPitch_v2: {
      const auto& p = as<cuMemAllocPitch_v2_params>(params);
      return allocation(DriverMemory::device, *p.dptr, *p.pPitch * p.Height);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged: {
      const auto& p = as<cuMemAllocManaged_params>(params);
      return allocation(DriverMemory::managed, *p.dptr, p.bytesize);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc:
    case CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc_v2: {
      const auto& p = as<cuMemHostAlloc_params>(params);
      return allocation(DriverMemory::pinned, address_of(*p.pp), p.bytesize);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocHost_v2: {
      const auto& p = as<cuMemAllocHost_v2_params>(params);
      return allocation(DriverMemory::pinned, address_of(*p.pp), p.bytesize);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync: return pooled<cuMemAllocAsync_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync_ptsz: return pooled<cuMemAllocAsync_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync: return pooled<cuMemAllocFromPoolAsync_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync_ptsz:
      return pooled<cuMemAllocFromPoolAsync_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2:
      return release(DriverMemory::device, as<cuMemFree_v2_params>(params).dptr);
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeHost:
      return release(DriverMemory::pinned, address_of(as<cuMemFreeHost_params>(params).p));
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync:
      return release(DriverMemory::pooled, as<cuMemFreeAsync_params>(params).dptr);
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync_ptsz:
      return release(DriverMemory::pooled, as<cuMemFreeAsync_ptsz_params>(params).dptr);
    case CUPTI_DRIVER_TRACE_CBID_cuMemCreate: return creation(as<cuMemCreate_params>(params));
    case CUPTI_DRIVER_TRACE_CBID_cuMemRelease:
      return release(DriverMemory::physical, as<cuMemRelease_params>(params).handle);
    case CUPTI_DRIVER_TRACE_CBID_cuMemRetainAllocationHandle:
      return mapping(0, *as<cuMemRetainAllocationHandle_params>(params).handle);
    case CUPTI_DRIVER_TRACE_CBID_cuMemMap: {
      const auto& p = as<cuMemMap_params>(params);
      return mapping(p.ptr, p.handle);
    }
    case CUPTI_DRIVER_TRACE_CBID_cuMemUnmap: {
      const auto& p = as<cuMemUnmap_params>(params);
      return DriverChange{.kind = EventKind::driver_unmap, .address = p.ptr, .bytes = static_cast<Bytes>(p.size)};
    }
    default: return std::nullopt;
  }
}

}  // namespace profile_train::hooks
