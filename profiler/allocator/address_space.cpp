#include "profiler/allocator/address_space.h"

#include <algorithm>
#include <iterator>

#include "profiler/allocator/rounding.h"

namespace profile_train::allocator {
namespace {

constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 44U;

}  // namespace

std::uint64_t AddressSpace::place(Bytes bytes) {
  const auto units =
      static_cast<std::uint64_t>((bytes + kSegmentUnitBytes - 1) / kSegmentUnitBytes * kSegmentUnitBytes);
  std::uint64_t address = kFirstAddress;
  for (const auto& [begin, size] : taken_) {
    if (begin - address >= units) break;
    address = begin + static_cast<std::uint64_t>(size);
  }
  taken_[address] = static_cast<Bytes>(units);
  return address;
}

std::optional<std::uint64_t> AddressSpace::allocate(Bytes bytes, const Arena& /*arena*/) {
  if (!has_room(bytes)) return std::nullopt;
  used_bytes_ += bytes;
  return place(bytes);
}

void AddressSpace::free(std::uint64_t address, Bytes bytes) {
  used_bytes_ -= bytes;
  taken_.erase(address);
}

std::optional<std::uint64_t> AddressSpace::reserve(Bytes bytes) { return place(bytes); }
void AddressSpace::unreserve(std::uint64_t address, Bytes /*bytes*/) { taken_.erase(address); }

std::optional<std::uint64_t> AddressSpace::map(std::uint64_t address, Bytes bytes,
                                               const ExpandableSegment& /*segment*/) {
  if (!has_room(bytes)) return std::nullopt;
  used_bytes_ += bytes;
  return address;
}

void AddressSpace::unmap(std::uint64_t /*address*/, Bytes bytes) { used_bytes_ -= bytes; }

void AddressSpace::no_longer_awaited(std::uint64_t address) {
  // Nearly always the last one: it was awaited for no time at all.
  const auto last = std::find(awaited_.rbegin(), awaited_.rend(), address);
  if (last != awaited_.rend()) awaited_.erase(std::next(last).base());
}

std::optional<std::uint64_t> AddressSpace::next_awaited() {
  if (awaited_.empty()) return std::nullopt;
  const std::uint64_t first = awaited_.front();
  awaited_.erase(awaited_.begin());
  return first;
}

// Which pools a program drops, and which bring their own allocator, is not known in here.
bool AddressSpace::has_own_allocator(Bytes /*pool*/) const { return false; }
std::optional<Bytes> AddressSpace::next_abandoned_pool() { return std::nullopt; }

}  // namespace profile_train::allocator
