// Giving segments back to the driver: when a request cannot be served, when garbage is collected, when asked to.

#include "profiler/allocator/caching_allocator.h"

namespace profile_train::allocator {

bool CachingAllocator::collects_garbage() const {
  return limits_.allowed_bytes.has_value() && settings_.garbage_collection_threshold > 0.0;
}

Bytes CachingAllocator::garbage_threshold() const {
  return static_cast<Bytes>(settings_.garbage_collection_threshold * static_cast<double>(*limits_.allowed_bytes));
}

/// Large blocks that were free for longer than the average, round by round until the reserved bytes would be below the
/// threshold. In the order in which they are released.
std::vector<Block*> CachingAllocator::garbage() const {
  std::vector<Block*> chosen;
  if (!collects_garbage() || levels_.reserved_bytes.now <= garbage_threshold()) return chosen;
  const Bytes target = levels_.reserved_bytes.now - garbage_threshold();
  const auto shared = pools_.find(0);
  if (shared == pools_.end()) return chosen;
  const BlockPool& pool = shared->second->large;

  std::vector<Block*> candidates;
  std::int64_t ages = 0;
  for (Block* block : pool.free) {
    if (block->is_split()) continue;
    candidates.push_back(block);
    ages += pool.age(*block);
  }
  Bytes reclaimed = 0;
  for (bool chose = true; reclaimed < target && chose && !candidates.empty();) {
    const double average = static_cast<double>(ages) / static_cast<double>(candidates.size());
    const auto is_old = [&](const Block* block) {
      return block->expandable == nullptr && static_cast<double>(pool.age(*block)) >= average;
    };
    chose = false;
    for (Block* block : candidates) {
      if (!is_old(block)) continue;
      chose = true;
      reclaimed += block->bytes;
      ages -= pool.age(*block);
      chosen.push_back(block);
    }
    std::erase_if(candidates, is_old);
  }
  return chosen;
}

/// Blocks too large to be split that would be given back for this request: one that is large enough, or the largest
/// until they are `enough`.
std::vector<Block*> CachingAllocator::oversize_to_release(const Search& search, bool& enough) const {
  enough = false;
  std::vector<Block*> found;
  if (settings_.max_split_bytes == kNoLimit) return found;
  const BlockPool& pool = *search.pool;
  const std::uint64_t stream = search.request.arena.stream;
  const Bytes needed = std::max(search.block_bytes, settings_.max_split_bytes);
  auto it = pool.first_at_least(stream, needed);
  if (it != pool.free.end() && (*it)->stream == stream && (*it)->expandable == nullptr) {
    found.push_back(*it);
    enough = true;
    return found;
  }
  Bytes total = 0;
  while (total < needed && it != pool.free.begin()) {
    --it;
    if ((*it)->stream != stream || (*it)->bytes < settings_.max_split_bytes) break;
    if ((*it)->expandable != nullptr) continue;
    total += (*it)->bytes;
    found.push_back(*it);
  }
  enough = total >= needed;
  return found;
}

bool CachingAllocator::release_oversize(const Search& search) {
  bool enough = false;
  for (Block* block : oversize_to_release(search, enough)) release(*block);
  return enough;
}

void CachingAllocator::release_cached() {
  while (const auto address = driver_.next_awaited())
    if (!complete_free(*address)) break;
  release_all(pools(0).large);
  release_all(pools(0).small);
  while (const auto pool = driver_.next_abandoned_pool()) release_pool(*pool);
}

void CachingAllocator::empty_cache() { release_cached(); }

void CachingAllocator::release_pool(Bytes pool) {
  release_all(pools(pool).small);
  release_all(pools(pool).large);
}

void CachingAllocator::release_all(BlockPool& pool) {
  std::vector<Block*> to_unmap;  // later: it changes the set
  for (auto it = pool.free.begin(); it != pool.free.end();) {
    Block& block = **it++;
    if (block.expandable != nullptr)
      to_unmap.push_back(&block);
    else if (!block.is_split())
      release(block);
  }
  for (Block* block : to_unmap) {
    unmap(*block);
    if (!block->is_split()) drop_expandable(*block);
  }
}

void CachingAllocator::release(Block& block) {
  levels_.segments.change(-1);
  levels_.reserved_bytes.change(-block.bytes);
  block.pool->free.erase(&block);
  driver_.free(block.address, block.bytes);
  store_.give_back(block);
}

std::vector<std::uint64_t> CachingAllocator::early_releases(const Request& request) {
  std::vector<std::uint64_t> addresses;
  for (const Block* block : garbage()) addresses.push_back(block->address);
  if (!addresses.empty()) return addresses;
  bool enough = false;
  for (const Block* block : oversize_to_release(search_for(request), enough)) addresses.push_back(block->address);
  return addresses;
}

}  // namespace profile_train::allocator
