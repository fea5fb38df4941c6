#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/address_space.h"
#include "simulator/status.h"

namespace profile_train::simulator {

/// What device memory is handed out in, and charged in. Source: cuMemGetAllocationGranularity on all cards since
/// Pascal.
inline constexpr std::size_t kGranularity = std::size_t{2} << 20;

enum class MemoryKind : std::uint8_t {
  device,       ///< cudaMalloc, cuMemAlloc
  pooled,       ///< cudaMallocAsync: charged by its pool
  reservation,  ///< cuMemAddressReserve: addresses that physical memory is mapped to
  managed,      ///< cudaMallocManaged: the host can touch it
  pinned,       ///< cudaHostAlloc
  registered,   ///< cudaHostRegister: the program's own memory
};

/// An address range that the program got from the simulated driver, or told it about.
struct MemoryRange {
  std::uintptr_t address = 0;
  std::size_t bytes = 0;
  MemoryKind kind = MemoryKind::device;
  int device = 0;
  std::size_t charged_bytes = 0;  ///< what it takes of the device
  std::uint64_t number = 0;       ///< counts allocations of the process from 1

  bool on_device() const { return kind <= MemoryKind::reservation; }
};

/// Physical memory of cuMemCreate. Lives while the program holds its handle or something is mapped.
using PhysicalHandle = std::uint64_t;

struct DeviceUsage {
  std::uint64_t used_bytes = 0;
  std::uint64_t peak_bytes = 0;
};

/// All memory of the simulated devices: addresses without pages behind them, and what each device is charged.
///
/// The rest of the simulation asks here what an address is. Thread-safe; lives as long as the process.
class DeviceMemory {
 public:
  /// `device_bytes`: what each device has. `unlimited`: charges always succeed.
  DeviceMemory(int devices, std::uint64_t device_bytes, bool unlimited);

  Status allocate(int device, std::size_t bytes, std::uintptr_t& address);
  Status allocate_managed(int device, std::size_t bytes, std::uintptr_t& address);
  Status allocate_pinned(std::size_t bytes, std::uintptr_t& address);
  Status register_host(std::uintptr_t address, std::size_t bytes);
  /// Addresses in device memory that are charged elsewhere: a pool's.
  Status place(int device, std::size_t bytes, MemoryKind kind, std::uintptr_t& address);
  /// Ends a range of one of `kinds` that begins at `address`; invalid_value if there is none. Fills in what it was.
  Status release(std::uintptr_t address, std::initializer_list<MemoryKind> kinds, MemoryRange* was = nullptr);

  std::optional<MemoryRange> find(std::uintptr_t address) const;
  bool in_device_address_space(std::uintptr_t address) const { return addresses_.contains(address); }

  Status charge(int device, std::uint64_t bytes);
  void uncharge(int device, std::uint64_t bytes);
  DeviceUsage usage(int device) const;
  DeviceUsage pinned_usage() const;
  std::uint64_t device_bytes() const { return device_bytes_; }
  std::uint64_t free_bytes(int device) const;

  // Virtual memory management. Sizes and addresses in multiples of kGranularity.
  Status reserve_addresses(std::size_t bytes, std::size_t alignment, std::uintptr_t& address);
  Status create(int device, std::size_t bytes, PhysicalHandle& handle);
  Status map(std::uintptr_t address, std::size_t bytes, PhysicalHandle handle);
  /// As the driver: whole mappings that lie side by side, neither a part of one nor a gap.
  Status unmap(std::uintptr_t address, std::size_t bytes);
  Status retain(std::uintptr_t address, PhysicalHandle& handle);
  Status release_physical(PhysicalHandle handle);
  std::optional<int> device_of(PhysicalHandle handle) const;

  /// What an address is, for a person: "byte 4096 of allocation 12, 20971520 B of cudaMalloc on device 0".
  std::string describe(std::uintptr_t address) const;

 private:
  struct Physical {
    std::size_t bytes = 0;
    int device = 0;
    int handles = 0;  ///< that the program has yet to release
    int mappings = 0;
  };
  struct Mapping {
    std::size_t bytes = 0;
    PhysicalHandle handle = 0;
  };

  Status charge_locked(int device, std::uint64_t bytes);
  void uncharge_locked(int device, std::uint64_t bytes);
  void drop_unused_locked(std::unordered_map<PhysicalHandle, Physical>::iterator physical);
  bool mapped_locked(std::uintptr_t address, std::size_t bytes) const;
  std::uintptr_t record_locked(MemoryRange range);

  const std::uint64_t device_bytes_;
  const bool unlimited_;
  AddressSpace addresses_;
  mutable std::mutex mutex_;
  std::map<std::uintptr_t, MemoryRange> ranges_;
  std::vector<DeviceUsage> usage_;
  DeviceUsage pinned_;
  std::unordered_map<PhysicalHandle, Physical> physical_;
  std::map<std::uintptr_t, Mapping> mappings_;
  std::uint64_t allocations_ = 0;
  PhysicalHandle last_handle_ = 0;
};

}  // namespace profile_train::simulator
