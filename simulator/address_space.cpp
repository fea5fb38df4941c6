#include "simulator/address_space.h"

#include <sys/mman.h>

#include <iterator>

namespace profile_train::simulator {
namespace {

// Between what AddressSanitizer takes for itself and where the kernel puts libraries.
constexpr std::uintptr_t kPreferredBegin = 0x2000'0000'0000;
constexpr std::size_t kLargest = std::size_t{16} << 40;
constexpr std::size_t kSmallest = std::size_t{64} << 30;
constexpr std::size_t kGranularity = std::size_t{2} << 20;

std::uintptr_t align(std::uintptr_t address, std::size_t alignment) {
  return (address + alignment - 1) / alignment * alignment;
}

void* reserve_from_host(std::size_t bytes) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const preferred = reinterpret_cast<void*>(kPreferredBegin);  // NOLINT(performance-no-int-to-ptr)
  void* const fixed = mmap(preferred, bytes, PROT_NONE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
  return fixed != MAP_FAILED ? fixed : mmap(nullptr, bytes, PROT_NONE, kFlags, -1, 0);
}

}  // namespace

AddressSpace::AddressSpace() {
  for (std::size_t bytes = kLargest; bytes >= kSmallest; bytes /= 4) {  // a limit on address space may be set
    void* const reserved = reserve_from_host(bytes);
    if (reserved == MAP_FAILED) continue;
    begin_ = reinterpret_cast<std::uintptr_t>(reserved);
    end_ = begin_ + bytes;
    const std::uintptr_t first = align(begin_, kGranularity);
    free_[first] = (end_ - first) / kGranularity * kGranularity;
    return;
  }
}

AddressSpace::~AddressSpace() {
  if (end_ > begin_) munmap(reinterpret_cast<void*>(begin_), end_ - begin_);  // NOLINT(performance-no-int-to-ptr)
}

std::optional<std::uintptr_t> AddressSpace::reserve(std::size_t bytes, std::size_t alignment) {
  if (bytes == 0) return std::nullopt;
  for (auto gap = free_.begin(); gap != free_.end(); ++gap) {
    const auto [begin, size] = *gap;
    const std::uintptr_t address = align(begin, alignment);
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
