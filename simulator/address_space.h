#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace profile_train::simulator {

/// Address space for device memory: reserved from the host once, without pages, and handed out first fit.
///
/// It lies where the host has nothing, so that the same program gets the same addresses each time, and nothing can be
/// read or written there. Not thread-safe: DeviceMemory locks.
class AddressSpace {
 public:
  AddressSpace();
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  /// `bytes` and `alignment` in multiples of the granularity. None: no room.
  std::optional<std::uintptr_t> reserve(std::size_t bytes, std::size_t alignment);
  void release(std::uintptr_t address, std::size_t bytes);

  bool contains(std::uintptr_t address) const { return begin_ <= address && address < end_; }

 private:
  std::uintptr_t begin_ = 0;
  std::uintptr_t end_ = 0;
  std::map<std::uintptr_t, std::size_t> free_;  // address -> bytes; neighbours are merged
};

}  // namespace profile_train::simulator
