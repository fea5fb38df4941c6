#pragma once

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/allocator/caching_allocator.h"
#include "profiler/trace.h"

namespace profile_train::allocator {

/// Where the rules and the trace part: the model then knows nothing of what follows.
struct Disagreement {
  EventIndex event = 0;
  std::string what;  ///< one sentence
};

/// Segments that went back to the driver although no request needed it: the program emptied the cache, or dropped a
/// pool.
struct EmptiedCache {
  EventIndex event = 0;  ///< the first segment that went
  Bytes pool = 0;        ///< 0: everything that was free
};

struct ReplayResult {
  std::string why_not;  ///< not empty: this trace cannot be replayed, and this is the reason
  std::optional<Disagreement> disagreement;
  std::uint64_t events = 0;  ///< of the allocator, that were replayed
  std::vector<EmptiedCache> emptied;
};

/// Drives one device's events of a trace through the model of its allocator, and compares: every address, every
/// segment, in the trace's order.
///
/// Requests, releases and the driver's answers come from the trace; where blocks are placed, what is merged, split,
/// asked of the driver and given back to it comes from the model. Ends at the first disagreement. `trace` must outlive
/// it.
class TraceReplay final : private Driver {
 public:
  /// What a request that no free block could serve led to.
  struct Miss {
    EventIndex event = 0;    ///< the first that followed from it
    EventIndex request = 0;  ///< the allocation, or the out of memory, that it ended in
    Request asked;
    bool out_of_memory = false;
  };

  TraceReplay(const Trace& trace, DeviceType device, std::uint8_t device_index);

  /// Before an event, or before the first of those that serve one request.
  void before_event(std::function<void(EventIndex)> callback) { before_event_ = std::move(callback); }
  /// After an event, with all that it led to.
  void on_event(std::function<void(EventIndex)> callback) { on_event_ = std::move(callback); }
  /// Before anything is done about it: the blocks are those among which none was found.
  void on_miss(std::function<void(const Miss&)> callback) { on_miss_ = std::move(callback); }
  /// At an out of memory, when all that could be given back has been.
  void on_out_of_memory(std::function<void(const Miss&)> callback) { on_out_of_memory_ = std::move(callback); }

  ReplayResult run();

  const CachingAllocator& allocator() const { return allocator_; }
  const Arena& arena(std::uint8_t number) const { return arenas_[number]; }
  Bytes device_bytes() const { return device_bytes_; }  ///< 0: the trace does not say

 private:
  // Answers out of the trace.
  bool refuses(Bytes more) override;
  std::optional<std::uint64_t> allocate(Bytes bytes, const Arena& arena) override;
  void free(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> reserve(Bytes bytes) override;
  void unreserve(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> map(std::uint64_t address, Bytes bytes, const ExpandableSegment& segment) override;
  void unmap(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> next_awaited() override;
  bool has_own_allocator(Bytes pool) const override { return own_allocators_.contains(pool); }
  std::optional<Bytes> next_abandoned_pool() override;

  void select(DeviceType device, std::uint8_t device_index);
  void step();
  void adopt_segment();
  void apply_settings();
  void complete_free();
  void serve();
  bool gives_back_for(const Request& request, std::size_t end);
  void empty_cache();
  void expect_given_back(EventKind kind, std::uint64_t address, Bytes bytes);
  std::optional<std::size_t> end_of_request() const;
  Request request_of(std::size_t position) const;
  void finish_request(const Block* block, std::size_t position);

  bool done() const { return cursor_ == selected_.size() || result_.disagreement || !result_.why_not.empty(); }
  const Event* peek(std::size_t ahead = 0) const;
  EventIndex here() const { return selected_[cursor_]; }
  void disagree(std::string what);

  const Trace& trace_;
  std::vector<EventIndex> selected_;  ///< the device's events of its allocator
  std::size_t cursor_ = 0;
  std::array<Arena, 256> arenas_{};
  std::set<Bytes> own_allocators_;
  Bytes device_bytes_ = 0;
  Bytes reserved_in_trace_ = 0;
  std::optional<std::size_t> abandoned_at_;  ///< place in the trace where a pool was last found abandoned
  bool streams_just_ended_ = false;          ///< awaited blocks became free since the last request
  bool cache_just_emptied_ = false;
  CachingAllocator allocator_;
  ReplayResult result_;
  std::function<void(EventIndex)> before_event_;
  std::function<void(EventIndex)> on_event_;
  std::function<void(const Miss&)> on_miss_;
  std::function<void(const Miss&)> on_out_of_memory_;
};

}  // namespace profile_train::allocator
