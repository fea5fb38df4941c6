#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "profiler/address_ranges.h"
#include "profiler/analysis.h"

namespace profile_train::reports {

/// Where a caching allocator keeps a block: which of its numbers is which stream and memory pool.
struct ArenaOfSegment {
  std::uint64_t stream = 0;
  Bytes pool = 0;  ///< as in profiler/event.h: 0 everybody's, n of a CUDA graph, −n made by the program
};

/// Memory that the allocator has of the driver, with the allocations that lie in it by address.
struct ReservedSegment {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  ArenaOfSegment arena;
  bool expandable = false;
  std::vector<std::uint32_t> live;  ///< indices into the analysis' allocations
};

/// Follows the events of one device: arenas as they are defined, segments as they come and go.
class SegmentTracker {
 public:
  void follow(const Event& event);
  ArenaOfSegment arena(std::uint8_t number) const { return arenas_[number]; }
  /// What is there now; parts of an expandable segment that lie side by side are one.
  std::vector<ReservedSegment> segments() const;

 private:
  struct Owner {
    std::uint8_t arena = 0;
    bool expandable = false;
  };
  std::array<ArenaOfSegment, 256> arenas_{};
  AddressRanges<Owner> reserved_;
};

/// The segments of a device when the trace ends.
std::vector<ReservedSegment> segments_at_end(const Analysis& analysis, DeviceType device, std::uint8_t index);

}  // namespace profile_train::reports
