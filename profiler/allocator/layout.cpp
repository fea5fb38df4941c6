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
    if (head.expandable != nullptr) segment.piece_bytes = head.expandable->piece_bytes;
    for (const Block* block = &head; block != nullptr && block->mapped; block = block->after) {
      segment.bytes += block->bytes;
      segment.parts.push_back({.bytes = block->bytes,
                               .requested_bytes = block->is_free() ? 0 : block->requested_bytes,
                               .state = block->state,
                               .owner = block->is_free() ? 0 : block->owner});
    }
    segments.push_back(std::move(segment));
  });
  std::sort(segments.begin(), segments.end(),
            [](const SegmentLayout& a, const SegmentLayout& b) { return a.address < b.address; });
  return segments;
}

Bytes stuck_bytes(const SegmentLayout& segment) {
  if (!segment.expandable) {
    if (segment.parts.size() == 1) return 0;
    Bytes free = 0;
    for (const SegmentLayout::Part& part : segment.parts)
      if (part.state == BlockState::free) free += part.bytes;
    return free;
  }
  // A mapped range begins and ends with a piece, so offsets in it tell the pieces apart.
  Bytes stuck = 0;
  Bytes begin = 0;
  const Bytes piece = segment.piece_bytes;
  for (const SegmentLayout::Part& part : segment.parts) {
    const Bytes end = begin + part.bytes;
    if (part.state == BlockState::free) {
      const Bytes first = (begin + piece - 1) / piece * piece;
      const Bytes last = end / piece * piece;
      stuck += part.bytes - std::max<Bytes>(0, last - first);
    }
    begin = end;
  }
  return stuck;
}

}  // namespace profile_train::allocator
