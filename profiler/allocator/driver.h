#pragma once

#include <cstdint>
#include <optional>

#include "profiler/allocator/block.h"

namespace profile_train::allocator {

/// What the allocator asks of the driver, and what only the world knows. A replay answers from a trace, a what-if from
/// a model of the device.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  /// Whether the process may not have so many bytes more, whatever the device has (set_per_process_memory_fraction).
  virtual bool refuses(Bytes more) = 0;
  /// A segment (cudaMalloc); none if the device has no room.
  virtual std::optional<std::uint64_t> allocate(Bytes bytes, const Arena& arena) = 0;
  virtual void free(std::uint64_t address, Bytes bytes) = 0;

  /// Address space (cuMemAddressReserve); none if the address is known only once something is mapped there.
  virtual std::optional<std::uint64_t> reserve(Bytes bytes) = 0;
  virtual void unreserve(std::uint64_t address, Bytes bytes) = 0;
  /// Puts memory behind a part of an expandable segment, all or nothing (cuMemCreate, cuMemMap). Returns the address of
  /// that part, which is the argument if the segment is placed already; none if the device has no room.
  virtual std::optional<std::uint64_t> map(std::uint64_t address, Bytes bytes, const ExpandableSegment& segment) = 0;
  virtual void unmap(std::uint64_t address, Bytes bytes) = 0;

  /// The next block whose streams are waited for, in the order in which the waits end; none if there is no other.
  virtual std::optional<std::uint64_t> next_awaited() = 0;
  /// Whether a memory pool brings an allocator of its own, and with it no expandable segments.
  virtual bool has_own_allocator(Bytes pool) const = 0;
  /// The next memory pool that nobody uses any more and whose segments go back; none if there is no other.
  virtual std::optional<Bytes> next_abandoned_pool() = 0;
};

}  // namespace profile_train::allocator
