#pragma once

#include <vector>

#include "profiler/allocator/caching_allocator.h"

namespace profile_train::allocator {

/// A segment, or a range of an expandable one that has memory, with what it is divided into.
struct SegmentLayout {
  struct Part {
    Bytes bytes = 0;
    Bytes requested_bytes = 0;  ///< 0 if free
    BlockState state = BlockState::free;
    Bytes stuck_bytes = 0;  ///< of a free one, as below
    std::uint32_t owner = 0;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::uint64_t address = 0;
  Bytes bytes = 0;
  Arena arena;
  bool small = false;
  bool expandable = false;
  std::vector<Part> parts;  ///< in the order of their addresses, without gaps
};

/// All segments in the order of their addresses, as snapshot() of PyTorch tells them.
std::vector<SegmentLayout> layout_of(const CachingAllocator& allocator);

/// Bytes of a free block that stay reserved whatever is given back: it is a part of a segment that is in use, or of
/// pieces of an expandable one that are.
Bytes stuck_bytes(const Block& free_block);

struct FreeSpace {
  Bytes total_bytes = 0;
  Bytes largest_bytes = 0;
  Bytes stuck_bytes = 0;
};
FreeSpace free_space_of(const CachingAllocator& allocator);

}  // namespace profile_train::allocator
