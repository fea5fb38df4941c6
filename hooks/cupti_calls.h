#pragma once

#include <cupti.h>

#include <cstdint>
#include <optional>
#include <span>

#include "profiler/event.h"

namespace profile_train::hooks {

/// What a call of the driver did with memory.
struct DriverChange {
  EventKind kind = EventKind::driver_allocate;
  DriverMemory memory = DriverMemory::device;
  std::uint64_t address = 0;  ///< of `physical` memory its handle
  Bytes bytes = 0;            ///< by kind, see EventKind
  std::optional<int> device;  ///< where the call says so; else it is that of the context
};

/// The driver's calls that allocate, release, map or unmap memory: what to enable callbacks for.
std::span<const CUpti_CallbackId> memory_calls();

/// What the call did, once it has returned CUDA_SUCCESS: `params` is its struct of generated_cuda_meta.h, and what it
/// gave is read from where the caller wanted it. None: nothing, or nothing of the device's or of page-locked memory.
///
/// Memory that the program registers (cuMemHostRegister), imports from another process, or makes in host memory with
/// cuMemCreate is no allocation of the device, and is left out.
std::optional<DriverChange> change_by(CUpti_CallbackId call, const void* params) noexcept;

}  // namespace profile_train::hooks
