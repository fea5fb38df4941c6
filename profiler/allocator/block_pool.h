#pragma once

#include <set>

#include "profiler/allocator/block.h"

namespace profile_train::allocator {

/// Best fit: a request gets the first block of its stream that is large enough, and of those the lowest.
struct BySize {
  using is_transparent = void;
  struct Key {
    std::uint64_t stream;
    Bytes bytes;
  };
  bool operator()(const Block* a, const Block* b) const;
  bool operator()(const Block* a, const Key& b) const;
};

struct ByAddress {
  bool operator()(const Block* a, const Block* b) const;
};

/// Free blocks of one pool, small or large, on all streams.
struct BlockPool {
  using Free = std::set<Block*, BySize>;

  Free free;
  std::set<Block*, ByAddress> unmapped;  ///< address space of expandable segments that has no memory
  bool small = false;
  Bytes id = 0;               ///< of the memory pool: 0 everybody's
  std::int64_t searches = 0;  ///< counted while garbage is collected: the clock by which blocks age

  void add(Block& block);
  std::int64_t age(const Block& block) const { return searches - block.searches_at_birth; }
  /// The first block of that stream with at least that many bytes, or one of another stream, or the end.
  Free::const_iterator first_at_least(std::uint64_t stream, Bytes bytes) const {
    return free.lower_bound(BySize::Key{stream, bytes});
  }
};

}  // namespace profile_train::allocator
