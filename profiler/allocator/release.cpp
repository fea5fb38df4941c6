// Giving segments back to the driver: when a request cannot be served, when garbage is collected, when asked to.

#include "profiler/allocator/caching_allocator.h"

namespace profile_train::allocator {

bool CachingAllocator::collects_garbage() const {
  return limits_.allowed_bytes.has_value() && settings_.garbage_collection_threshold > 0.0;
}

Bytes CachingAllocator::garbage_threshold() const {
  return static_cast<Bytes>(settings_.garbage_collection_threshold * static_cast<double>(*limits_.allowed_bytes));
}

CachingAllocator::Ages CachingAllocator::ages_of_unsplit(const BlockPool& pool) {
  Ages ages;
  for (const Block* block : pool.free) {
    if (block->is_split()) continue;
    ages.sum += pool.age(*block);
    ++ages.blocks;
  }
  return ages;
}

bool CachingAllocator::is_garbage(const Block& block, const Ages& ages) {
  return !block.is_split() && block.expandable == nullptr &&
         static_cast<double>(block.pool->age(block)) >=
             static_cast<double>(ages.sum) / static_cast<double>(ages.blocks);
}

/// Releases large blocks that were free for longer than the average, until the reserved bytes are below the threshold.
void CachingAllocator::collect_garbage() {
  if (levels_.reserved_bytes.now <= garbage_threshold()) return;
  const Bytes target = levels_.reserved_bytes.now - garbage_threshold();
  BlockPool& pool = pools(0).large;
  Ages ages = ages_of_unsplit(pool);
  Bytes reclaimed = 0;
  for (bool released = true; reclaimed < target && released && ages.blocks > 0;) {
    const Ages before = ages;  // one average for the whole round
    released = false;
    for (auto it = pool.free.begin(); it != pool.free.end();) {
      Block& block = **it++;
      if (!is_garbage(block, before)) continue;
      released = true;
      reclaimed += block.bytes;
      ages.sum -= pool.age(block);
      --ages.blocks;
      release(block);
    }
  }
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

std::optional<std::uint64_t> CachingAllocator::first_release(const Request& request) {
  if (collects_garbage() && levels_.reserved_bytes.now > garbage_threshold()) {
    const BlockPool& pool = pools(0).large;
    const Ages ages = ages_of_unsplit(pool);
    for (const Block* block : pool.free)
      if (is_garbage(*block, ages)) return block->address;
  }
  bool enough = false;
  if (const auto oversize = oversize_to_release(search_for(request), enough); !oversize.empty())
    return oversize.front()->address;
  return std::nullopt;
}

}  // namespace profile_train::allocator
