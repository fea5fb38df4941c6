#include "profiler/import/beginning.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "profiler/address_ranges.h"

namespace profile_train::import {
namespace {

struct Owner {
  std::uint64_t stream = 0;
  Bytes pool = 0;
  bool expandable = false;
};

std::vector<Beginning::Segment> segments_at_the_beginning(const Snapshot& snapshot, std::size_t device) {
  AddressRanges<Owner> reserved;
  for (const SnapshotSegment& s : snapshot.segments)
    if (s.device == device)
      reserved.add(s.address, s.address + static_cast<std::uint64_t>(s.bytes), {s.stream, s.pool, s.expandable});
  const std::vector<SnapshotEvent>& trace = snapshot.traces[device];
  for (auto event = trace.rbegin(); event != trace.rend(); ++event) {
    const std::uint64_t end = event->address + static_cast<std::uint64_t>(event->bytes);
    switch (event->action) {
      case SnapshotAction::segment_alloc:
      case SnapshotAction::segment_map: reserved.remove(event->address, end); break;
      case SnapshotAction::segment_free: reserved.add(event->address, end, {event->stream, 0, false}); break;
      case SnapshotAction::segment_unmap: reserved.add(event->address, end, {event->stream, 0, true}); break;
      default: break;
    }
  }
  std::vector<Beginning::Segment> segments;
  for (const auto& [address, range] : reserved.ranges())
    segments.push_back({address, static_cast<Bytes>(range.end - address), range.value.stream, range.value.pool,
                        range.value.expandable});
  return segments;
}

/// How the history leaves an address: never mentioned, in use, or free.
class Blocks {
 public:
  explicit Blocks(std::map<std::uint64_t, Beginning::Block>& before) : before_(before) {}

  void follow(const SnapshotEvent& event) {
    switch (event.action) {
      case SnapshotAction::alloc: in_use_[event.address] = true; break;
      case SnapshotAction::free_requested: release(event, true); break;  // until it is completed
      case SnapshotAction::free_completed: release(event, false); break;
      default: break;
    }
  }
  bool mentions(std::uint64_t address) const { return in_use_.count(address) != 0; }
  bool has(std::uint64_t address) const { return in_use_.at(address); }
  std::uint64_t number() const {
    return static_cast<std::uint64_t>(
        std::count_if(in_use_.begin(), in_use_.end(), [](const auto& entry) { return entry.second; }));
  }

 private:
  void release(const SnapshotEvent& event, bool still_in_use) {
    const auto [it, first] = in_use_.try_emplace(event.address, still_in_use);
    if (first) before_[event.address] = {event.address, event.bytes, event.stream, 0};
    it->second = still_in_use;
  }

  std::map<std::uint64_t, Beginning::Block>& before_;
  std::unordered_map<std::uint64_t, bool> in_use_;
};

}  // namespace

Beginning beginning_of(const Snapshot& snapshot, std::size_t device) {
  Beginning beginning{.segments = segments_at_the_beginning(snapshot, device), .blocks = {}};
  std::map<std::uint64_t, Beginning::Block> before;
  Blocks blocks(before);
  for (const SnapshotEvent& event : snapshot.traces[device]) blocks.follow(event);

  std::uint64_t agreed = 0;
  for (const SnapshotSegment& segment : snapshot.segments) {
    if (segment.device != device) continue;
    for (const SnapshotBlock& block : segment.blocks) {
      if (!blocks.mentions(block.address))
        before[block.address] = {block.address, block.requested_bytes, segment.stream, block.stack};
      else if (blocks.has(block.address))
        ++agreed;
      else
        ++beginning.contradictions;
    }
  }
  const std::uint64_t in_use = blocks.number();
  beginning.contradictions += in_use > agreed ? in_use - agreed : 0;
  for (const auto& [address, block] : before) beginning.blocks.push_back(block);
  return beginning;
}

}  // namespace profile_train::import
