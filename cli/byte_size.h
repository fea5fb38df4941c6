#pragma once

#include <cstdint>
#include <string_view>

#include "profiler/result.h"

namespace profile_train::cli {

/// Reads a size as people write it: "24 GiB" (2^30), "24GB" (10^9), "1.5TiB", "512 MiB", "4096 B", "4096".
Result<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace profile_train::cli
