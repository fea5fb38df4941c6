#pragma once

#include "profiler/allocator/address_space.h"
#include "profiler/allocator/caching_allocator.h"
#include "profiler/allocator/layout.h"

namespace profile_train::allocator::test {

/// The model on a device of its own.
struct Model {
  explicit Model(Settings settings = {}, std::optional<Bytes> capacity = std::nullopt,
                 std::optional<Bytes> allowed = std::nullopt)
      : device(capacity), allocator(settings, {.allowed_bytes = allowed, .device_bytes = 1024 * kMiB}, device) {
    device.allow(allowed);
  }

  /// The address; 0: out of memory.
  std::uint64_t get(Bytes bytes, Arena arena = {}) {
    const Block* const block = allocator.allocate({.bytes = bytes, .arena = arena});
    return block == nullptr ? 0 : block->address;
  }
  void give(std::uint64_t address) {
    allocator.request_free(address);
    allocator.complete_free(address);
  }
  Bytes allocated() const { return allocator.levels().allocated_bytes.now; }
  Bytes reserved() const { return allocator.levels().reserved_bytes.now; }
  Bytes split() const { return allocator.levels().inactive_split_bytes.now; }

  AddressSpace device;
  CachingAllocator allocator;
};

}  // namespace profile_train::allocator::test
