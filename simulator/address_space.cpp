#include "simulator/address_space.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iterator>

#include "simulator/round_up.h"

namespace profile_train::simulator {
namespace {

// Between what AddressSanitizer takes for itself and where the kernel puts libraries.
constexpr std::uintptr_t kPreferredBegin = 0x2000'0000'0000;
constexpr std::size_t kLargest = std::size_t{16} << 40;
constexpr std::size_t kSmallest = std::size_t{64} << 30;
constexpr std::size_t kGranularity = std::size_t{2} << 20;

/// Asks the kernel itself: a sanitizer's mmap() would keep a shadow of addresses that nobody touches, and
/// ThreadSanitizer ends a program that maps where it expects nothing. 0: refused.
std::uintptr_t map(std::uintptr_t place, std::size_t bytes, int flags) {
  flags |= MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const long mapped = syscall(SYS_mmap, place, bytes, PROT_NONE, flags, -1, 0);
  return mapped == -1 ? 0 : static_cast<std::uintptr_t>(mapped);
}

std::uintptr_t reserve_from_host(std::size_t bytes) {
  const std::uintptr_t preferred = map(kPreferredBegin, bytes, MAP_FIXED_NOREPLACE);
  return preferred != 0 ? preferred : map(0, bytes, 0);
}

}  // namespace

AddressSpace::AddressSpace() {
  for (std::size_t bytes = kLargest; bytes >= kSmallest; bytes /= 4) {  // a limit on address space may be set
    begin_ = reserve_from_host(bytes);
    if (begin_ == 0) continue;
    end_ = begin_ + bytes;
    const std::uintptr_t first = round_up(begin_, kGranularity);
    free_[first] = (end_ - first) / kGranularity * kGranularity;
    return;
  }
}

AddressSpace::~AddressSpace() {
  if (end_ > begin_) syscall(SYS_munmap, begin_, end_ - begin_);
}

std::optional<std::uintptr_t> AddressSpace::reserve(std::size_t bytes, std::size_t alignment) {
  if (bytes == 0) return std::nullopt;
  for (auto gap = free_.begin(); gap != free_.end(); ++gap) {
    const auto [begin, size] = *gap;
    const std::uintptr_t address = round_up(begin, alignment);
    const std::size_t skipped = address - begin;
    if (skipped > size || size - skipped < bytes) continue;
    free_.erase(gap);
    if (skipped > 0) free_[begin] = skipped;
    if (const std::size_t rest = size - skipped - bytes; rest > 0) free_[address + bytes] = rest;
    return address;
  }
  return std::nullopt;
}

void AddressSpace::release(std::uintptr_t address, std::size_t bytes) {
  auto next = free_.lower_bound(address);
  if (next != free_.end() && next->first == address + bytes) {
    bytes += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == address) {
      previous->second += bytes;
      return;
    }
  }
  free_[address] = bytes;
}

}  // namespace profile_train::simulator
