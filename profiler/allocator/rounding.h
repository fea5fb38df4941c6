#pragma once

#include "profiler/allocator/settings.h"

namespace profile_train::allocator {

// Constants of c10/core/AllocatorConfig.h.
inline constexpr Bytes kMinBlockBytes = 512;
inline constexpr Bytes kLargestSmallBytes = kMiB;      ///< larger requests come from the pool of large blocks
inline constexpr Bytes kSmallSegmentBytes = 2 * kMiB;  ///< asked of the driver for small requests
inline constexpr Bytes kOwnSegmentBytes = 10 * kMiB;   ///< from here on a request gets a segment of its own size …
inline constexpr Bytes kSegmentUnitBytes = 2 * kMiB;   ///< … rounded up to this

/// Size of the block that a request gets: a multiple of 512 B, or the next of the divisions between powers of two.
Bytes block_bytes(Bytes requested, const Settings& settings);

inline bool is_small(Bytes block) { return block <= kLargestSmallBytes; }

/// What is asked of the driver when no free block serves a block of this size.
Bytes segment_bytes(Bytes block, const Settings& settings);

}  // namespace profile_train::allocator
