#include "simulator/memory_records.h"

#include <cupti.h>
#include <unistd.h>

#include "simulator/faults.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

static_assert(sizeof(CUpti_ActivityMemory4) == 128);

std::uint32_t process_id() { return static_cast<std::uint32_t>(getpid()); }

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

/// An allocating or releasing call's stream; none if it is not stream-ordered.
struct MemoryCall {
  std::uintptr_t address = 0;
  std::optional<Handle> stream;
};

template <class Params>
const Params& as(const void* params) {
  return *static_cast<const Params*>(params);
}

template <class Params>
MemoryCall async_allocation(const void* params) {
  return {*as<Params>(params).dptr, address_of(as<Params>(params).hStream)};
}

/// After the call: the address it gave. Read from where the program wanted it.
std::optional<MemoryCall> allocation(CUpti_driver_api_trace_cbid call, const void* params) {
  switch (call) {
    case CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2: return MemoryCall{*as<cuMemAlloc_v2_params>(params).dptr, {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocPitch_v2: return MemoryCall{*as<cuMemAllocPitch_v2_params>(params).dptr, {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged: return MemoryCall{*as<cuMemAllocManaged_params>(params).dptr, {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocHost_v2:
      return MemoryCall{address_of(*as<cuMemAllocHost_v2_params>(params).pp), {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc:
      return MemoryCall{address_of(*as<cuMemHostAlloc_params>(params).pp), {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync: return async_allocation<cuMemAllocAsync_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync_ptsz: return async_allocation<cuMemAllocAsync_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync:
      return async_allocation<cuMemAllocFromPoolAsync_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuMemAllocFromPoolAsync_ptsz:
      return async_allocation<cuMemAllocFromPoolAsync_ptsz_params>(params);
    default: return std::nullopt;
  }
}

std::optional<MemoryCall> release(CUpti_driver_api_trace_cbid call, const void* params) {
  switch (call) {
    case CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2: return MemoryCall{as<cuMemFree_v2_params>(params).dptr, {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeHost: return MemoryCall{address_of(as<cuMemFreeHost_params>(params).p), {}};
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync:
      return MemoryCall{as<cuMemFreeAsync_params>(params).dptr, address_of(as<cuMemFreeAsync_params>(params).hStream)};
    case CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync_ptsz:
      return MemoryCall{as<cuMemFreeAsync_ptsz_params>(params).dptr,
                        address_of(as<cuMemFreeAsync_ptsz_params>(params).hStream)};
    default: return std::nullopt;
  }
}

CUpti_ActivityMemoryKind kind_of(const MemoryRange& range) {
  switch (range.kind) {
    case MemoryKind::managed: return CUPTI_ACTIVITY_MEMORY_KIND_MANAGED;
    case MemoryKind::pinned:
    case MemoryKind::registered: return CUPTI_ACTIVITY_MEMORY_KIND_PINNED;
    case MemoryKind::device:
    case MemoryKind::pooled:
    case MemoryKind::reservation: return CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  }
  return CUPTI_ACTIVITY_MEMORY_KIND_UNKNOWN;
}

std::optional<PooledRange> find(std::uintptr_t address) {
  const Simulation& sim = simulation();
  const auto range = sim.memory.find(address);
  if (!range || range->address != address) return std::nullopt;
  return PooledRange{*range, sim.pools.pool_of(address)};
}

template <class Record>
void write(const Record& record) {
  ActivityBuffers& activities = simulation().cupti.activities;
  if (injected_fault("cuptiRecord") != 0) return activities.drop();
  activities.write(&record, sizeof record);
}

std::uint64_t release_threshold(Handle pool) {
  std::uint64_t bytes = 0;
  simulation().pools.release_threshold(pool, bytes);
  return bytes;
}

void write_memory(const EndedCall& call, const PooledRange& allocation, const MemoryCall& made, bool is_release) {
  const auto& [range, pool_handle] = allocation;
  CUpti_ActivityMemory4 record{};
  record.kind = CUPTI_ACTIVITY_KIND_MEMORY2;
  record.memoryOperationType =
      is_release ? CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE : CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION;
  record.memoryKind = kind_of(range);
  record.correlationId = call.correlation;
  record.address = range.address;
  record.bytes = range.bytes;
  record.timestamp = call.entered_ns;
  record.processId = process_id();
  record.deviceId = static_cast<std::uint32_t>(range.device);
  record.contextId = context_id(range.device);
  record.streamId = made.stream ? stream_id(*made.stream) : CUPTI_INVALID_STREAM_ID;
  record.isAsync = made.stream ? 1 : 0;
  Simulation& sim = simulation();
  PoolUsage usage;
  if (pool_handle != 0 && sim.pools.usage(pool_handle, usage) == Status::ok) {
    auto& pool = record.memoryPoolConfig;
    pool.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
    pool.address = pool_handle;
    pool.releaseThreshold = release_threshold(pool_handle);
    pool.pool.size = usage.reserved_bytes;
    pool.utilizedSize = usage.used_bytes;
  }
  write(record);
}

void write_pool(const EndedCall& call, CUpti_ActivityMemoryPoolOperationType operation, Handle pool,
                std::size_t kept_bytes) {
  Simulation& sim = simulation();
  CUpti_ActivityMemoryPool3 record{};
  record.kind = CUPTI_ACTIVITY_KIND_MEMORY_POOL;
  record.memoryPoolOperationType = operation;
  record.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  record.correlationId = call.correlation;
  record.processId = process_id();
  record.deviceId = static_cast<std::uint32_t>(current_device());
  record.minBytesToKeep = kept_bytes;
  record.address = pool;
  record.timestamp = call.entered_ns;
  PoolUsage usage;
  if (sim.pools.usage(pool, usage) == Status::ok) {  // a destroyed one has none
    record.size = usage.reserved_bytes;
    record.utilizedSize = usage.used_bytes;
    record.releaseThreshold = release_threshold(pool);
  }
  write(record);
}

void record_pool(const EndedCall& call) {
  switch (call.call) {
    case CUPTI_DRIVER_TRACE_CBID_cuMemPoolCreate:
      return write_pool(call, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED,
                        address_of(*as<cuMemPoolCreate_params>(call.params).pool), 0);
    case CUPTI_DRIVER_TRACE_CBID_cuMemPoolDestroy:
      return write_pool(call, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_DESTROYED,
                        address_of(as<cuMemPoolDestroy_params>(call.params).pool), 0);
    case CUPTI_DRIVER_TRACE_CBID_cuMemPoolTrimTo:
      return write_pool(call, CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED,
                        address_of(as<cuMemPoolTrimTo_params>(call.params).pool),
                        as<cuMemPoolTrimTo_params>(call.params).minBytesToKeep);
    default: return;
  }
}

}  // namespace

std::optional<PooledRange> range_that_ends(CUpti_driver_api_trace_cbid call, const void* params) {
  const auto made = release(call, params);
  return made ? find(made->address) : std::nullopt;
}

void record_memory(const EndedCall& call) {
  const Cupti& cupti = simulation().cupti;
  if (cupti.collects(CUPTI_ACTIVITY_KIND_MEMORY_POOL)) record_pool(call);
  if (!cupti.collects(CUPTI_ACTIVITY_KIND_MEMORY2)) return;
  if (const auto made = allocation(call.call, call.params)) {
    if (const auto found = find(made->address)) write_memory(call, *found, *made, false);
  } else if (call.released) {
    write_memory(call, *call.released, *release(call.call, call.params), true);
  }
}

std::uint32_t context_id(int device) { return static_cast<std::uint32_t>(device) + 1; }

// Real cards call the default stream 7.
std::uint32_t stream_id(Handle stream) {
  constexpr std::uint32_t kDefaultStream = 7;
  return stream <= reinterpret_cast<Handle>(CU_STREAM_PER_THREAD) ? kDefaultStream : static_cast<std::uint32_t>(stream);
}

std::optional<std::size_t> record_bytes(std::uint32_t kind) {
  switch (kind) {
    case CUPTI_ACTIVITY_KIND_MEMORY2: return sizeof(CUpti_ActivityMemory4);
    case CUPTI_ACTIVITY_KIND_MEMORY_POOL: return sizeof(CUpti_ActivityMemoryPool3);
    default: return std::nullopt;
  }
}

}  // namespace profile_train::simulator
