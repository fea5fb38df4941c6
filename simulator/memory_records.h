#pragma once

#include <cupti_driver_cbid.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "simulator/device_memory.h"
#include "simulator/streams.h"

namespace profile_train::simulator {

/// An allocation, and the pool it is from: 0 if it is from none.
struct PooledRange {
  MemoryRange range;
  Handle pool = 0;
};

/// A call of the driver that has succeeded, as far as CUPTI's memory records tell of it.
struct EndedCall {
  CUpti_driver_api_trace_cbid call;
  const void* params = nullptr;  ///< its struct of generated_cuda_meta.h
  std::uint32_t correlation = 0;
  std::uint64_t entered_ns = 0;
  std::optional<PooledRange> released;  ///< what range_that_ends() said before the call
};

/// The allocation that the call will release, if it is such a call.
std::optional<PooledRange> range_that_ends(CUpti_driver_api_trace_cbid call, const void* params);

/// Writes the record of CUPTI_ACTIVITY_KIND_MEMORY2 or _MEMORY_POOL that the call makes, if the program collects it.
///
/// Whether cuMemCreate, cuMemMap, cuMemUnmap, cuMemRelease and cuMemHostRegister make records on real hardware is not
/// known: here they make none, only callbacks.
void record_memory(const EndedCall& call);

std::uint32_t context_id(int device);  ///< CUPTI counts contexts from 1; here a device has one
std::uint32_t stream_id(Handle stream);

/// Bytes of a record that CUPTI writes here. None: no such records.
std::optional<std::size_t> record_bytes(std::uint32_t kind);

}  // namespace profile_train::simulator
