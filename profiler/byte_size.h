#pragma once

#include <cstdint>
#include <string_view>

#include "profiler/result.h"

namespace profile_train {

/// Whether "0 B" is a size too: a limit may be 0, a card's memory may not.
enum class ZeroBytes { refuse, allow };

/// Reads a size as people write it: "24 GiB" (2^30), "24GB" (10^9), "1.5TiB", "512 MiB", "4096 B", "4096".
Result<std::uint64_t> parse_byte_size(std::string_view text, ZeroBytes zero = ZeroBytes::refuse);

}  // namespace profile_train
