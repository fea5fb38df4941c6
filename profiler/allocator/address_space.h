#pragma once

#include <map>
#include <vector>

#include "profiler/allocator/driver.h"

namespace profile_train::allocator {

/// A device for a run that nobody recorded: so many bytes, addresses given out lowest first, in units of 2 MiB.
class AddressSpace final : public Driver {
 public:
  /// `capacity_bytes`: what the device has for the allocator; none: no limit.
  explicit AddressSpace(std::optional<Bytes> capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// What the process may have of it from now on; none: no limit of its own.
  void allow(std::optional<Bytes> bytes) { allowed_bytes_ = bytes; }
  /// A block whose streams an allocator that runs out of memory would wait for.
  void await(std::uint64_t address) { awaited_.push_back(address); }
  void no_longer_awaited(std::uint64_t address);

  bool refuses(Bytes more) override { return allowed_bytes_ && used_bytes_ + more > *allowed_bytes_; }
  std::optional<std::uint64_t> allocate(Bytes bytes, const Arena& arena) override;
  void free(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> reserve(Bytes bytes) override;
  void unreserve(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> map(std::uint64_t address, Bytes bytes, const ExpandableSegment& segment) override;
  void unmap(std::uint64_t address, Bytes bytes) override;
  std::optional<std::uint64_t> next_awaited() override;
  bool has_own_allocator(Bytes pool) const override;
  std::optional<Bytes> next_abandoned_pool() override;

  Bytes used_bytes() const { return used_bytes_; }

 private:
  bool has_room(Bytes bytes) const { return !capacity_bytes_ || used_bytes_ + bytes <= *capacity_bytes_; }
  std::uint64_t place(Bytes bytes);

  std::optional<Bytes> capacity_bytes_;
  std::optional<Bytes> allowed_bytes_;
  Bytes used_bytes_ = 0;
  std::vector<std::uint64_t> awaited_;
  std::map<std::uint64_t, Bytes> taken_;  ///< by address
};

}  // namespace profile_train::allocator
