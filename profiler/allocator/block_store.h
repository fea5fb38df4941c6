#pragma once

#include <deque>
#include <vector>

#include "profiler/allocator/block.h"

namespace profile_train::allocator {

/// Keeps blocks where they are; those that are given back are used again.
class BlockStore {
 public:
  Block& make(const Block& block);
  void give_back(Block& block) { spare_.push_back(&block); }

 private:
  std::deque<Block> blocks_;
  std::vector<Block*> spare_;
};

}  // namespace profile_train::allocator
