// Expandable segments: address space for one stream and pool, in which memory is mapped as it is needed.

#include <algorithm>

#include "profiler/allocator/caching_allocator.h"

namespace profile_train::allocator {
namespace {

Bytes rounded_down(Bytes bytes, Bytes unit) { return bytes / unit * unit; }
Bytes rounded_up(Bytes bytes, Bytes unit) { return (bytes + unit - 1) / unit * unit; }

Bytes offset(std::uint64_t address, const ExpandableSegment& segment) {
  return static_cast<Bytes>(address - segment.address);
}

}  // namespace

/// An eighth more than the device has: pieces may be unmapped early in it and mapped at its end.
Bytes CachingAllocator::address_space_bytes(Bytes piece) const {
  return rounded_up(limits_.device_bytes + limits_.device_bytes / 8, piece);
}

Block* CachingAllocator::expand(const Search& search) {
  Block* block = &find_expandable(search);
  if (!block->mapped && !map(*block, std::min(block->bytes, search.block_bytes))) return nullptr;
  while (block->bytes < search.block_bytes) {
    Block& next = *block->after;  // without memory: find_expandable() has seen enough address space
    if (!map(next, std::min(search.block_bytes - block->bytes, next.bytes))) return nullptr;
    block = &next;  // has merged with what was before it
  }
  search.pool->free.erase(block);
  return block;
}

/// The lowest place with enough address space, of free and unmapped blocks in a row; new address space if there is
/// none.
Block& CachingAllocator::find_expandable(const Search& search) {
  BlockPool& pool = *search.pool;
  const std::uint64_t stream = search.request.arena.stream;
  const auto has_room = [&](const Block* block) {
    Bytes bytes = 0;
    for (; bytes < search.block_bytes && block != nullptr && block->is_free(); block = block->after)
      bytes += block->bytes;
    return bytes >= search.block_bytes;
  };
  Block lowest{.stream = stream};
  for (auto it = pool.unmapped.lower_bound(&lowest); it != pool.unmapped.end() && (*it)->stream == stream; ++it) {
    Block* const before = (*it)->before;
    Block* const candidate = before != nullptr && before->is_free() ? before : *it;
    if (has_room(candidate)) return *candidate;
  }

  auto segment = std::make_unique<ExpandableSegment>();
  segment->piece_bytes = pool.small ? kSmallSegmentBytes : settings_.large_segment_bytes;
  segment->bytes = address_space_bytes(segment->piece_bytes);
  const auto address = driver_.reserve(segment->bytes);
  segment->placed = address.has_value();
  segment->address = address.value_or(next_placeholder_);
  if (!address) next_placeholder_ += static_cast<std::uint64_t>(segment->bytes);
  Block& block = store_.make({.address = segment->address,
                              .bytes = segment->bytes,
                              .stream = stream,
                              .pool = &pool,
                              .expandable = segment.get(),
                              .mapped = false});
  pool.unmapped.insert(&block);
  expandable_.push_back(std::move(segment));
  return block;
}

bool CachingAllocator::map(Block& block, Bytes bytes) {
  ExpandableSegment& segment = *block.expandable;
  const Bytes mapped = rounded_up(offset(block.address, segment) + bytes, segment.piece_bytes) -
                       rounded_down(offset(block.address, segment), segment.piece_bytes);
  const auto address = driver_.map(block.address, mapped, segment);
  if (!address) return false;

  BlockPool& pool = *block.pool;
  pool.unmapped.erase(&block);
  if (!segment.placed) {  // nothing was mapped in it before, so that this block is all there is
    segment.address = block.address = *address;
    segment.placed = true;
  }
  block.mapped = true;
  if (mapped < block.bytes) {
    Block& rest = store_.make(block);
    rest.address += static_cast<std::uint64_t>(mapped);
    rest.bytes -= mapped;
    rest.mapped = false;
    block.bytes = mapped;
    link(rest, &block, block.after);
    pool.unmapped.insert(&rest);
  }
  merge(block, block.before);
  merge(block, block.after);
  pool.add(block);
  levels_.reserved_bytes.change(mapped);
  return true;
}

/// Takes the memory of the pieces that lie in the block as a whole.
void CachingAllocator::unmap(Block& block) {
  const ExpandableSegment& segment = *block.expandable;
  const Bytes begin = rounded_up(offset(block.address, segment), segment.piece_bytes);
  const Bytes end = rounded_down(offset(block.end(), segment), segment.piece_bytes);
  if (begin >= end) return;
  const std::uint64_t address = segment.address + static_cast<std::uint64_t>(begin);
  BlockPool& pool = *block.pool;
  pool.free.erase(&block);
  if (const auto before_bytes = static_cast<Bytes>(address - block.address); before_bytes > 0) {
    Block& before = store_.make(block);
    before.bytes = before_bytes;
    link(before, block.before, &block);
    pool.add(before);
  }
  if (const Bytes after_bytes = offset(block.end(), segment) - end; after_bytes > 0) {
    Block& after = store_.make(block);
    after.address = segment.address + static_cast<std::uint64_t>(end);
    after.bytes = after_bytes;
    link(after, &block, block.after);
    pool.add(after);
  }
  block.address = address;
  block.bytes = end - begin;
  block.mapped = false;
  merge(block, block.before);
  merge(block, block.after);
  pool.unmapped.insert(&block);
  levels_.reserved_bytes.change(-(end - begin));
  driver_.unmap(address, end - begin);
}

void CachingAllocator::drop_expandable(Block& block) {
  const ExpandableSegment* const segment = block.expandable;
  driver_.unreserve(segment->address, segment->bytes);
  block.pool->unmapped.erase(&block);
  store_.give_back(block);
  expandable_.erase(std::find_if(expandable_.begin(), expandable_.end(),
                                 [segment](const auto& each) { return each.get() == segment; }));
}

}  // namespace profile_train::allocator
