// Taking over segments from before the recording.

#include <algorithm>

#include "profiler/allocator/caching_allocator.h"

namespace profile_train::allocator {
namespace {

Bytes distance(std::uint64_t from, std::uint64_t to) { return static_cast<Bytes>(to - from); }

}  // namespace

void CachingAllocator::adopt(const Inherited& inherited) {
  if (inherited.blocks.empty()) return;
  Pools& own = pools(inherited.arena.pool);
  BlockPool& pool = inherited.small ? own.small : own.large;
  Block* before = nullptr;
  if (inherited.expandable)
    before = adopt_address_space(inherited, pool);
  else
    levels_.segments.change(1);
  // Behind the blocks there is address space that is left, or nothing.
  Block* const rest = before == nullptr ? nullptr : before->after;
  ExpandableSegment* const segment = before == nullptr ? nullptr : before->expandable;

  std::vector<Block*> taken;
  for (const Block& known : inherited.blocks) {
    Block& block = store_.make(known);
    block.stream = inherited.arena.stream;
    block.pool = &pool;
    block.expandable = segment;
    link(block, before, nullptr);
    before = &block;
    taken.push_back(&block);
    levels_.reserved_bytes.change(block.bytes);
  }
  if (rest != nullptr) link(*rest, before, rest->after);
  if (Block* const head = taken.front()->before;
      head != nullptr && head->bytes == 0) {  // nothing lies before the blocks
    link(*taken.front(), head->before, taken.front()->after);
    store_.give_back(*head);
  }

  for (Block* const block : taken) {
    if (block->is_free()) {
      pool.add(*block);
      if (inherited.expandable || !block->is_split()) continue;
      levels_.inactive_split_blocks.change(1);
      levels_.inactive_split_bytes.change(block->bytes);
      continue;
    }
    active_[block->address] = block;
    levels_.active_blocks.change(1);
    levels_.active_bytes.change(block->bytes);
    levels_.requested_bytes.change(block->requested_bytes);
    if (block->state != BlockState::in_use) continue;
    levels_.allocations.change(1);
    levels_.allocated_bytes.change(block->bytes);
  }
}

/// The address space before the blocks, which may be of 0 bytes; what is behind them comes after it.
Block* CachingAllocator::adopt_address_space(const Inherited& inherited, BlockPool& pool) {
  const std::uint64_t first = inherited.blocks.front().address;
  const std::uint64_t end = inherited.blocks.back().end();
  Block* space = nullptr;
  for (Block* const each : pool.unmapped)  // a later part of address space that is known
    if (each->stream == inherited.arena.stream && each->address <= first && end <= each->end()) space = each;
  if (space != nullptr) {
    pool.unmapped.erase(space);
  } else {
    auto segment = std::make_unique<ExpandableSegment>();
    segment->piece_bytes = pool.small ? kSmallSegmentBytes : settings_.large_segment_bytes;
    segment->bytes = address_space_bytes(segment->piece_bytes);
    segment->address = first;  // what lies before it may have been unmapped: nothing tells
    segment->bytes = std::max(segment->bytes, distance(first, end));
    space = &store_.make({.address = segment->address,
                          .bytes = segment->bytes,
                          .stream = inherited.arena.stream,
                          .pool = &pool,
                          .expandable = segment.get(),
                          .mapped = false});
    expandable_.push_back(std::move(segment));
  }
  if (end < space->end()) {
    Block& rest = store_.make(*space);
    rest.address = end;
    rest.bytes = distance(end, space->end());
    link(rest, space, space->after);
    pool.unmapped.insert(&rest);
  } else {
    space->after = nullptr;
  }
  space->bytes = distance(space->address, first);
  if (space->bytes > 0) pool.unmapped.insert(space);
  return space;
}

}  // namespace profile_train::allocator
