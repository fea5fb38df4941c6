#include "profiler/allocator/rounding.h"

#include <algorithm>
#include <bit>

namespace profile_train::allocator {
namespace {

Bytes rounded_up(Bytes bytes, Bytes unit) { return (bytes + unit - 1) / unit * unit; }

std::uint64_t divisions_for(Bytes bytes, const Settings& settings) {
  const auto mib = static_cast<std::uint64_t>(bytes / kMiB);
  const auto interval = mib == 0 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(mib)) - 1;
  return settings.roundup_power2_divisions[std::min(interval, Settings::kIntervals - 1)];
}

/// The next multiple of 1/divisions of the power of two below.
Bytes next_division(Bytes bytes, std::uint64_t divisions) {
  const auto size = static_cast<std::uint64_t>(bytes);
  if (std::has_single_bit(size)) return bytes;
  const std::uint64_t floor = std::bit_floor(size);
  const std::uint64_t part = floor >> (static_cast<unsigned>(std::bit_width(divisions)) - 1U);
  if (part == 0) return static_cast<Bytes>(floor << 1U);
  return rounded_up(bytes, static_cast<Bytes>(part));
}

}  // namespace

Bytes block_bytes(Bytes requested, const Settings& settings) {
  if (requested < kMinBlockBytes) return kMinBlockBytes;
  const std::uint64_t divisions = divisions_for(requested, settings);
  if (divisions > 1 && static_cast<std::uint64_t>(requested) > static_cast<std::uint64_t>(kMinBlockBytes) * divisions)
    return next_division(requested, divisions);
  return rounded_up(requested, kMinBlockBytes);
}

Bytes segment_bytes(Bytes block, const Settings& settings) {
  if (is_small(block)) return kSmallSegmentBytes;
  if (block < kOwnSegmentBytes) return settings.large_segment_bytes;
  return rounded_up(block, kSegmentUnitBytes);
}

}  // namespace profile_train::allocator
