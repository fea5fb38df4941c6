#include "profiler/allocator/block_store.h"

namespace profile_train::allocator {

Block& BlockStore::make(const Block& block) {
  if (spare_.empty()) return blocks_.emplace_back(block);
  Block& again = *spare_.back();
  spare_.pop_back();
  again = block;
  return again;
}

}  // namespace profile_train::allocator
