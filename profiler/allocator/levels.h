#pragma once

#include <algorithm>

#include "profiler/event.h"

namespace profile_train::allocator {

/// A figure with the highest value it has had.
struct Level {
  Bytes now = 0;
  Bytes peak = 0;
  void change(Bytes by) { peak = std::max(peak, now += by); }
};

/// What the allocator counts of itself: getDeviceStats(), without the division into small and large.
struct Levels {
  Level requested_bytes;       ///< of blocks that are in use or awaited
  Level allocated_bytes;       ///< blocks that the program has
  Level active_bytes;          ///< these, and those that are awaited
  Level reserved_bytes;        ///< segments
  Level inactive_split_bytes;  ///< free blocks with a neighbour in use; not of expandable segments
  Level allocations;           ///< blocks that the program has
  Level active_blocks;
  Level segments;  ///< not expandable ones
  Level inactive_split_blocks;
  std::int64_t retries = 0;  ///< times the whole cache was given back to serve a request
  std::int64_t out_of_memory = 0;
};

}  // namespace profile_train::allocator
