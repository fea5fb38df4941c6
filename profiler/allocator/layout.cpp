#include "profiler/allocator/layout.h"

#include <algorithm>

namespace profile_train::allocator {

std::vector<SegmentLayout> layout_of(const CachingAllocator& allocator) {
  std::vector<SegmentLayout> segments;
  allocator.for_each_block([&](const Block& head) {
    if (head.before != nullptr && head.before->mapped) return;
    SegmentLayout segment{.address = head.address,
                          .arena = {.stream = head.stream, .pool = head.pool->id},
                          .small = head.pool->small,
                          .expandable = head.expandable != nullptr};
    for (const Block* block = &head; block != nullptr && block->mapped; block = block->after) {
      segment.bytes += block->bytes;
      segment.parts.push_back({.bytes = block->bytes,
                               .requested_bytes = block->is_free() ? 0 : block->requested_bytes,
                               .state = block->state,
                               .stuck_bytes = block->is_free() ? stuck_bytes(*block) : 0,
                               .owner = block->is_free() ? 0 : block->owner});
    }
    segments.push_back(std::move(segment));
  });
  std::sort(segments.begin(), segments.end(),
            [](const SegmentLayout& a, const SegmentLayout& b) { return a.address < b.address; });
  return segments;
}

Bytes stuck_bytes(const Block& block) {
  if (block.expandable == nullptr) return block.is_split() ? block.bytes : 0;
  const Bytes piece = block.expandable->piece_bytes;
  const auto begin = static_cast<Bytes>(block.address - block.expandable->address);
  const Bytes end = begin + block.bytes;
  const Bytes whole_pieces = end / piece * piece - (begin + piece - 1) / piece * piece;
  return block.bytes - std::max<Bytes>(0, whole_pieces);
}

FreeSpace free_space_of(const CachingAllocator& allocator) {
  FreeSpace space;
  allocator.for_each_free([&space](const Block& block) {
    space.total_bytes += block.bytes;
    space.largest_bytes = std::max(space.largest_bytes, block.bytes);
    space.stuck_bytes += stuck_bytes(block);
  });
  return space;
}

}  // namespace profile_train::allocator
