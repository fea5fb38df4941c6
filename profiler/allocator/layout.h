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
    std::uint32_t owner = 0;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::uint64_t address = 0;
  Bytes bytes = 0;
  Arena arena;
  bool small = false;
  bool expandable = false;
  Bytes piece_bytes = 0;    ///< of an expandable segment: what can be unmapped
  std::vector<Part> parts;  ///< in the order of their addresses, without gaps
};

/// All segments in the order of their addresses, as snapshot() of PyTorch tells them.
std::vector<SegmentLayout> layout_of(const CachingAllocator& allocator);

/// Bytes of free blocks that stay reserved whatever is given back: in segments, or pieces of expandable ones, of which
/// a part is in use.
Bytes stuck_bytes(const SegmentLayout& segment);

}  // namespace profile_train::allocator
