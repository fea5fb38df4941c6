#pragma once

#include <tsl/robin_map.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "profiler/allocator/block_pool.h"
#include "profiler/allocator/block_store.h"
#include "profiler/allocator/driver.h"
#include "profiler/allocator/levels.h"
#include "profiler/allocator/rounding.h"
#include "profiler/allocator/settings.h"

namespace profile_train::allocator {

/// A request for memory.
struct Request {
  Bytes bytes = 0;
  Arena arena;
  std::uint32_t owner = 0;  ///< event that makes it; for people
};

/// What the device lets the process have.
struct Limits {
  std::optional<Bytes> allowed_bytes;  ///< what the threshold for garbage is a share of; none: there is no collection
  Bytes device_bytes = 0;              ///< decides how much address space an expandable segment gets
};

/// PyTorch's CUDA caching allocator for one device, without memory: c10/cuda/CUDACachingAllocator.cpp of torch 2.11,
/// rule by rule (docs/allocator_replay.md). Given the same requests and the same answers of the driver it puts every
/// block where that one puts it.
///
/// One thread. `driver` must outlive it.
class CachingAllocator {
 public:
  CachingAllocator(Settings settings, Limits limits, Driver& driver);

  void set(Settings settings, Limits limits);  ///< from the next request on
  const Settings& settings() const { return settings_; }

  /// The block that serves the request; none: out of memory. `search` false: it has been searched for in vain before.
  const Block* allocate(const Request& request, bool search = true);
  /// The program lets go of it; it is free once complete_free() follows. False: there is no such block in use.
  bool request_free(std::uint64_t address);
  /// No stream uses it any more. False: it is not awaited.
  bool complete_free(std::uint64_t address);

  void empty_cache();             ///< gives back to the driver what is free
  void release_pool(Bytes pool);  ///< the same for one memory pool

  const Block* find_free(const Request& request) const;  ///< the block that would serve it now; none: a miss
  /// Segments that would be given back for this request before the whole cache is: garbage, or else oversize ones.
  std::vector<std::uint64_t> early_releases(const Request& request);
  const Block* at(std::uint64_t address) const;  ///< in use or awaited

  const Levels& levels() const { return levels_; }
  /// Called when no free block serves a request, before anything is done about it.
  void on_miss(std::function<void(const Request&)> callback) { on_miss_ = std::move(callback); }

  /// A segment that is divided already.
  struct Inherited {
    std::vector<Block> blocks;  ///< in the order of their addresses, with states and sizes
    Arena arena;
    bool small = false;
    bool expandable = false;
    std::vector<std::uint64_t>
        mapped_later;  ///< addresses in this arena: an expandable segment may begin at one of them
  };
  void adopt(const Inherited& segment);

  /// Every free block that has memory, in the order of pools, streams and sizes.
  void for_each_free(const std::function<void(const Block&)>& visit) const;
  /// Every block, free ones included, in no order; not address space without memory.
  void for_each_block(const std::function<void(const Block&)>& visit) const;

 private:
  struct Search {
    Request request;
    Bytes block_bytes;
    Bytes segment_bytes;
    BlockPool* pool;
    bool expandable;
  };
  struct Pools {
    BlockPool small;
    BlockPool large;
  };

  Search search_for(const Request& request);
  Pools& pools(Bytes id);
  BlockPool::Free::const_iterator best_fit(const BlockPool& pool, std::uint64_t stream, Bytes block,
                                           bool expandable) const;
  Block* take_free(const Search& search);
  bool should_split(const Block& block, const Search& search) const;
  Block& hand_out(Block& block, const Search& search);
  Bytes merge(Block& into, Block* neighbour);  ///< returns the bytes it has gained
  Block* new_segment(const Search& search);

  // expandable.cpp, adopt.cpp
  Bytes address_space_bytes(Bytes piece) const;
  Block* expand(const Search& search);
  Block& find_expandable(const Search& search);
  bool map(Block& block, Bytes bytes);
  void unmap(Block& block);
  void drop_expandable(Block& block);
  Block* adopt_address_space(const Inherited& segment, BlockPool& pool);

  // release.cpp
  bool collects_garbage() const;
  Bytes garbage_threshold() const;
  std::vector<Block*> garbage() const;
  std::vector<Block*> oversize_to_release(const Search& search, bool& enough) const;
  bool release_oversize(const Search& search);
  void release_cached();
  void release_all(BlockPool& pool);
  void release(Block& block);

  Settings settings_;
  Limits limits_;
  Driver& driver_;
  BlockStore store_;
  std::map<Bytes, std::unique_ptr<Pools>> pools_;
  tsl::robin_map<std::uint64_t, Block*> active_;  ///< in use or awaited, by address
  std::vector<std::unique_ptr<ExpandableSegment>> expandable_;
  std::uint64_t next_placeholder_;  ///< for address space whose place is not known yet
  Levels levels_;
  std::function<void(const Request&)> on_miss_;
};

}  // namespace profile_train::allocator
