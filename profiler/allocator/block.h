#pragma once

#include <cstdint>

#include "profiler/event.h"

namespace profile_train::allocator {

struct BlockPool;

/// Address space for one stream and pool, in which memory is mapped in pieces of `piece_bytes` as it is needed.
struct ExpandableSegment {
  std::uint64_t address = 0;
  Bytes bytes = 0;
  Bytes piece_bytes = 0;
  bool placed = true;  ///< false: the driver tells the address when it first maps something
};

/// What the allocator never mixes: a stream, by the driver's handle, and a memory pool (0: everybody's).
struct Arena {
  std::uint64_t stream = 0;
  Bytes pool = 0;
  friend bool operator==(const Arena&, const Arena&) = default;
};

enum class BlockState : std::uint8_t {
  free,     ///< in its pool
  in_use,   ///< the program has it
  awaited,  ///< the program let go of it, but a stream still uses it
};

/// A part of a segment. Neighbours are linked; those that are free and alike are merged.
struct Block {
  std::uint64_t address = 0;
  Bytes bytes = 0;
  Bytes requested_bytes = 0;  ///< valid unless free
  std::uint64_t stream = 0;
  BlockPool* pool = nullptr;
  Block* before = nullptr;
  Block* after = nullptr;
  ExpandableSegment* expandable = nullptr;
  BlockState state = BlockState::free;
  bool mapped = true;                  ///< false: address space of an expandable segment without memory
  std::int64_t searches_at_birth = 0;  ///< of its pool, when it became free: its age for garbage collection
  std::uint32_t owner = 0;             ///< event that allocated it; for people

  bool is_free() const { return state == BlockState::free; }
  bool is_split() const { return before != nullptr || after != nullptr; }
  std::uint64_t end() const { return address + static_cast<std::uint64_t>(bytes); }
};

/// Puts a block into the chain between two neighbours; either may be none.
inline void link(Block& block, Block* before, Block* after) {
  block.before = before;
  block.after = after;
  if (before != nullptr) before->after = &block;
  if (after != nullptr) after->before = &block;
}

}  // namespace profile_train::allocator
