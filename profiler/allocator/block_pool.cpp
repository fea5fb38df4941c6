#include "profiler/allocator/block_pool.h"

#include <tuple>

namespace profile_train::allocator {

bool BySize::operator()(const Block* a, const Block* b) const {
  return std::tie(a->stream, a->bytes, a->address) < std::tie(b->stream, b->bytes, b->address);
}

bool BySize::operator()(const Block* a, const Key& b) const {
  return std::tie(a->stream, a->bytes) < std::tie(b.stream, b.bytes);
}

bool ByAddress::operator()(const Block* a, const Block* b) const {
  return std::tie(a->stream, a->address) < std::tie(b->stream, b->address);
}

void BlockPool::add(Block& block) {
  block.searches_at_birth = searches;
  free.insert(&block);
}

}  // namespace profile_train::allocator
