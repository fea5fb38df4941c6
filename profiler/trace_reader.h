#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "profiler/result.h"
#include "profiler/trace.h"

namespace profile_train {

/// Reads a whole trace file. Every id in the result resolves, and every enum in it is one that this program knows.
///
/// A file that ends early gives the events up to its last complete chunk, with `cut` set and the reason. Everything
/// else that is wrong is an error: another version, another kind of file, damage in the middle.
Result<Trace> read_trace(const std::string& path);

/// The same from memory; `name` is what errors call it.
Result<Trace> read_trace_bytes(std::span<const std::uint8_t> file, std::string_view name);

}  // namespace profile_train
