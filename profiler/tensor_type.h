#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "profiler/trace.h"

namespace profile_train {

/// Bytes of one element, by the dtype's name as in the trace; empty for a dtype this program does not know.
std::optional<Bytes> element_bytes(std::string_view dtype);

/// Product of the sizes; 1 for a scalar.
std::int64_t element_count(const TensorType& type);

}  // namespace profile_train
