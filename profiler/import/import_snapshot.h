#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "profiler/import/pickle.h"
#include "profiler/result.h"
#include "profiler/trace.h"

namespace profile_train::import {

/// A trace out of a snapshot.pickle that PyTorch wrote (torch.cuda.memory._record_memory_history and _dump_snapshot).
///
/// Addresses, sizes and order are the snapshot's. What it does not have is inferred, and `Trace::inferred` says so:
/// phases from stack frames, steps from phases, roles from lifetimes and sizes. Python's lines stand in the place of
/// modules. `name` is what errors call the file.
Result<Trace> import_snapshot(std::span<const std::uint8_t> file, std::string_view name,
                              const PickleLimits& limits = {});

}  // namespace profile_train::import
