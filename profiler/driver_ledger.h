#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "profiler/driver_level.h"
#include "profiler/phases.h"
#include "profiler/steps.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Follows what the driver gave of one device, and which of it the caching allocator has: that is told by the
/// allocator's own events of segments, whatever the call's stack said. They come after the driver's, and hold from its
/// allocation on: a second ledger is told what a first one has found out. Feed events in trace order.
///
/// Physical memory lives until each reference to its handle is released and each mapping undone. An allocation at an
/// address that is still in use is another one: the older's release was recorded when its call returned, a moment late.
class DriverLedger {
 public:
  DriverLedger(const Trace& trace, std::uint8_t device_index, std::set<EventIndex> segments = {});

  void add(const Event& event, EventIndex index);
  DriverLevel level() const;
  /// Allocations of the driver that turned out to be segments.
  const std::set<EventIndex>& segments() const { return segments_; }

 private:
  using Owner = std::size_t;  // of `shares_`
  static constexpr Owner kAllocator = 0;

  struct Piece {
    Bytes bytes = 0;
    Owner owner = kAllocator;
    DriverMemory memory = DriverMemory::device;
    EventIndex born = 0;
  };
  struct Physical {
    Piece piece;
    int references = 1;  // of the handle, and places where it is mapped
  };
  struct Mapping {
    Bytes bytes = 0;
    std::uint64_t handle = 0;
  };
  struct Share {
    DriverShare told;
    Bytes now_bytes = 0;
    Bytes pinned_now_bytes = 0;
  };

  void allocate(const Event& event, EventIndex index);
  void release(const Event& event);
  void map(const Event& event);
  void unmap(const Event& event);
  void drop_reference(std::uint64_t handle);
  void claim_segment(const Event& event);
  void claim_mapped(const Event& event);
  void give_back(const Event& event);
  Owner owner_of(NameId library);
  void change(const Piece& piece, Bytes bytes);
  void claim(Piece& piece);
  Bytes held_in_pools() const;
  void note_peak(EventIndex index);

  const Trace& trace_;
  const std::uint8_t device_index_;
  std::set<EventIndex> segments_;
  std::vector<Share> shares_;
  std::map<NameId, Owner> owners_;
  std::unordered_map<std::uint64_t, std::deque<Piece>> by_address_;  // oldest first
  std::unordered_map<std::uint64_t, Physical> by_handle_;
  std::map<std::uint64_t, Mapping> mapped_;
  std::map<std::uint64_t, Bytes> carried_in_;  // the allocator's, by address
  std::map<std::uint64_t, Bytes> pools_;       // what each holds
  Bytes now_bytes_ = 0;                        // without what pools hold unused
  Bytes pooled_bytes_ = 0;
  Bytes module_variable_bytes_ = 0;
  Bytes pinned_bytes_ = 0;
  Bytes carried_in_bytes_ = 0;
  DriverLevel level_;
};

/// All that the process had from the driver of a card. None if the trace does not have it.
std::optional<DriverLevel> driver_level(const Trace& trace, const std::vector<PhaseSpan>& phases,
                                        const std::vector<StepSpan>& steps, const DeviceTotals& device);

}  // namespace profile_train
