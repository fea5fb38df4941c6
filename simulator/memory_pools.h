#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "simulator/device_memory.h"
#include "simulator/streams.h"

namespace profile_train::simulator {

struct PoolUsage {
  std::uint64_t used_bytes = 0;
  std::uint64_t used_peak_bytes = 0;
  std::uint64_t reserved_bytes = 0;
  std::uint64_t reserved_peak_bytes = 0;
};

/// Stream-ordered allocation: cudaMallocAsync and its pools.
///
/// A pool keeps what was freed, up to its release threshold, and gives the rest back when a stream or device is
/// synchronised. How the driver cuts a pool into pieces is not documented: here it is charged for what is in use, in
/// units of the granularity, and never fragments. Thread-safe.
class MemoryPools {
 public:
  MemoryPools(DeviceMemory& memory, int devices);

  Handle default_pool(int device) const;
  Handle current_pool(int device) const;
  Status set_current_pool(int device, Handle pool);
  Handle create(int device);
  /// What is still in use stays charged until it is released.
  Status destroy(Handle pool);
  Status check(Handle pool) const;

  Status allocate(Handle pool, std::size_t bytes, std::uintptr_t& address);
  Status release(std::uintptr_t address);
  Handle pool_of(std::uintptr_t address) const;  ///< 0 if it is from none
  Status trim(Handle pool, std::uint64_t keep_bytes);
  void synchronise();  ///< gives back what is above the release thresholds

  Status usage(Handle pool, PoolUsage& usage) const;
  Status reset_used_peak(Handle pool);
  Status reset_reserved_peak(Handle pool);
  Status set_release_threshold(Handle pool, std::uint64_t bytes);
  Status release_threshold(Handle pool, std::uint64_t& bytes) const;

 private:
  struct Pool {
    int device = 0;
    PoolUsage usage;
    std::uint64_t release_threshold = 0;
  };
  void trim_locked(Pool& pool, std::uint64_t keep_bytes);

  DeviceMemory& memory_;
  mutable std::mutex mutex_;
  std::unordered_map<Handle, Pool> pools_;
  std::unordered_map<Handle, Pool> destroyed_;  // those that something is still in use of
  std::unordered_map<std::uintptr_t, std::pair<Handle, std::uint64_t>> allocations_;  // address -> pool, bytes
  std::vector<Handle> defaults_;
  std::vector<Handle> current_;
  Handle last_handle_ = 0x8000'0000;
};

}  // namespace profile_train::simulator
