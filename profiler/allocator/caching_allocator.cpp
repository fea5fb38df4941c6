#include "profiler/allocator/caching_allocator.h"

#include <iterator>

namespace profile_train::allocator {
namespace {

constexpr std::uint64_t kFirstPlaceholder = std::uint64_t{1} << 60U;  // beyond any address a driver gives out

Bytes size_it_can_grow_to(const Block& block) {
  const Block* const next = block.after;
  return block.bytes + (next != nullptr && !next->mapped ? next->bytes : 0);
}

}  // namespace

CachingAllocator::CachingAllocator(Settings settings, Limits limits, Driver& driver)
    : settings_(settings), limits_(limits), driver_(driver), next_placeholder_(kFirstPlaceholder) {}

void CachingAllocator::set(Settings settings, Limits limits) {
  settings_ = settings;
  limits_ = limits;
}

CachingAllocator::Pools& CachingAllocator::pools(Bytes id) {
  std::unique_ptr<Pools>& slot = pools_[id];
  if (!slot) {
    slot = std::make_unique<Pools>();
    slot->small.small = true;
    slot->small.id = slot->large.id = id;
  }
  return *slot;
}

CachingAllocator::Search CachingAllocator::search_for(const Request& request) {
  const Bytes block = block_bytes(request.bytes, settings_);
  Pools& own = pools(request.arena.pool);
  return {.request = request,
          .block_bytes = block,
          .segment_bytes = segment_bytes(block, settings_),
          .pool = is_small(block) ? &own.small : &own.large,
          .expandable = settings_.expandable_segments && !driver_.has_own_allocator(request.arena.pool)};
}

const Block* CachingAllocator::allocate(const Request& request, bool search) {
  const Search s = search_for(request);
  Block* block = search ? take_free(s) : nullptr;
  if (block == nullptr) {
    if (on_miss_) on_miss_(request);
    for (Block* const old : garbage()) release(*old);
    block = new_segment(s);
    if (block == nullptr && release_oversize(s)) block = new_segment(s);
    // A memory pool that is in use stands for a capture, during which nothing is given back.
    if (block == nullptr && request.arena.pool == 0) {
      release_cached();
      ++levels_.retries;
      block = new_segment(s);
    }
  }
  if (block == nullptr) {
    ++levels_.out_of_memory;
    return nullptr;
  }
  return &hand_out(*block, s);
}

BlockPool::Free::const_iterator CachingAllocator::best_fit(const BlockPool& pool, std::uint64_t stream, Bytes block,
                                                           bool expandable) const {
  const auto none = pool.free.end();
  const auto ours = [&](auto it) { return it != none && (*it)->stream == stream; };
  auto it = pool.first_at_least(stream, block);
  if (!ours(it)) return none;
  if ((*it)->expandable != nullptr) {
    if (expandable) {
      // The best fit is the block that can grow least.
      for (auto next = std::next(it);
           (*it)->expandable != nullptr && ours(next) && size_it_can_grow_to(**next) < size_it_can_grow_to(**it);
           ++next)
        it = next;
    } else {
      do ++it;
      while (ours(it) && (*it)->expandable != nullptr);
      if (!ours(it)) return none;
    }
  }
  const Bytes found = (*it)->bytes;
  if (block < settings_.max_split_bytes && found >= settings_.max_split_bytes) return none;
  if (block >= settings_.max_split_bytes && found >= block + settings_.max_non_split_rounding_bytes) return none;
  return it;
}

Block* CachingAllocator::take_free(const Search& search) {
  BlockPool& pool = *search.pool;
  if (collects_garbage()) ++pool.searches;
  const auto it = best_fit(pool, search.request.arena.stream, search.block_bytes, search.expandable);
  if (it == pool.free.end()) return nullptr;
  Block* const block = *it;
  pool.free.erase(it);
  return block;
}

const Block* CachingAllocator::find_free(const Request& request) const {
  const auto own = pools_.find(request.arena.pool);
  if (own == pools_.end()) return nullptr;
  const Bytes block = block_bytes(request.bytes, settings_);
  const BlockPool& pool = is_small(block) ? own->second->small : own->second->large;
  const bool expandable = settings_.expandable_segments && !driver_.has_own_allocator(request.arena.pool);
  const auto it = best_fit(pool, request.arena.stream, block, expandable);
  return it == pool.free.end() ? nullptr : *it;
}

Block* CachingAllocator::new_segment(const Search& search) {
  if (driver_.refuses(search.segment_bytes)) return nullptr;
  if (search.expandable) return expand(search);
  const auto address = driver_.allocate(search.segment_bytes, search.request.arena);
  if (!address) return nullptr;
  levels_.segments.change(1);
  levels_.reserved_bytes.change(search.segment_bytes);
  return &store_.make(
      {.address = *address, .bytes = search.segment_bytes, .stream = search.request.arena.stream, .pool = search.pool});
}

bool CachingAllocator::should_split(const Block& block, const Search& search) const {
  const Bytes rest = block.bytes - search.block_bytes;
  if (block.pool->small || search.expandable) return rest >= kMinBlockBytes;
  return search.block_bytes < settings_.max_split_bytes && rest > kLargestSmallBytes;
}

Block& CachingAllocator::hand_out(Block& found, const Search& search) {
  const bool counts_as_split = found.expandable == nullptr;
  const bool was_split = found.is_split();
  Block* block = &found;
  if (should_split(found, search)) {
    block = &store_.make(found);
    block->bytes = search.block_bytes;
    link(*block, found.before, &found);
    found.address += static_cast<std::uint64_t>(search.block_bytes);
    found.bytes -= search.block_bytes;
    block->pool->add(found);
    if (counts_as_split) {
      levels_.inactive_split_bytes.change(was_split ? -block->bytes : found.bytes);
      if (!was_split) levels_.inactive_split_blocks.change(1);
    }
  } else if (was_split && counts_as_split) {
    levels_.inactive_split_bytes.change(-block->bytes);
    levels_.inactive_split_blocks.change(-1);
  }
  block->state = BlockState::in_use;
  block->requested_bytes = search.request.bytes;
  block->owner = search.request.owner;
  active_[block->address] = block;
  levels_.allocations.change(1);
  levels_.allocated_bytes.change(block->bytes);
  levels_.active_blocks.change(1);
  levels_.active_bytes.change(block->bytes);
  levels_.requested_bytes.change(block->requested_bytes);
  return *block;
}

bool CachingAllocator::request_free(std::uint64_t address) {
  const auto it = active_.find(address);
  if (it == active_.end() || it->second->state != BlockState::in_use) return false;
  Block& block = *it->second;
  block.state = BlockState::awaited;
  levels_.allocations.change(-1);
  levels_.allocated_bytes.change(-block.bytes);
  return true;
}

bool CachingAllocator::complete_free(std::uint64_t address) {
  const auto it = active_.find(address);
  if (it == active_.end() || it->second->state != BlockState::awaited) return false;
  Block& block = *it->second;
  active_.erase(it);
  block.state = BlockState::free;
  levels_.active_blocks.change(-1);
  levels_.active_bytes.change(-block.bytes);
  levels_.requested_bytes.change(-block.requested_bytes);

  Bytes split_bytes = 0;
  Bytes split_blocks = 0;
  for (Block* const neighbour : {block.before, block.after}) {
    const Bytes gained = merge(block, neighbour);
    split_bytes -= gained;
    split_blocks -= gained > 0 ? 1 : 0;
  }
  block.pool->add(block);
  if (block.is_split()) {
    split_bytes += block.bytes;
    ++split_blocks;
  }
  if (block.expandable == nullptr) {
    levels_.inactive_split_bytes.change(split_bytes);
    levels_.inactive_split_blocks.change(split_blocks);
  }
  return true;
}

Bytes CachingAllocator::merge(Block& into, Block* neighbour) {
  if (neighbour == nullptr || !neighbour->is_free() || neighbour->mapped != into.mapped) return 0;
  // Out of its set first: its place there depends on its size and address.
  if (neighbour->mapped)
    into.pool->free.erase(neighbour);
  else
    into.pool->unmapped.erase(neighbour);
  if (into.before == neighbour) {
    into.address = neighbour->address;
    link(into, neighbour->before, into.after);
  } else {
    link(into, into.before, neighbour->after);
  }
  const Bytes gained = neighbour->bytes;
  into.bytes += gained;
  store_.give_back(*neighbour);
  return gained;
}

const Block* CachingAllocator::at(std::uint64_t address) const {
  const auto it = active_.find(address);
  return it == active_.end() ? nullptr : it->second;
}

void CachingAllocator::for_each_free(const std::function<void(const Block&)>& visit) const {
  for (const auto& [id, own] : pools_)
    for (const BlockPool* pool : {&own->small, &own->large})
      for (const Block* block : pool->free) visit(*block);
}

void CachingAllocator::for_each_block(const std::function<void(const Block&)>& visit) const {
  for_each_free(visit);
  for (const auto& [address, block] : active_) visit(*block);
}

}  // namespace profile_train::allocator
