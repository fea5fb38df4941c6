#pragma once

#include <cstdint>

namespace profile_train::simulator {

/// The smallest multiple that is not below `value`. Overflows to less than `value` near the end of the range.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace profile_train::simulator
