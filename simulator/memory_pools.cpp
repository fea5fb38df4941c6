#include "simulator/memory_pools.h"

#include <algorithm>
#include <utility>

#include "simulator/round_up.h"

namespace profile_train::simulator {
namespace {

constexpr std::uint64_t kPoolAlignment = 512;  // what cudaMallocAsync aligns to

}  // namespace

MemoryPools::MemoryPools(DeviceMemory& memory, int devices) : memory_(memory) {
  for (int device = 0; device < devices; ++device) defaults_.push_back(create(device));
  current_ = defaults_;
}

Handle MemoryPools::default_pool(int device) const { return defaults_.at(static_cast<std::size_t>(device)); }

Handle MemoryPools::current_pool(int device) const {
  const std::lock_guard lock(mutex_);
  return current_.at(static_cast<std::size_t>(device));
}

Status MemoryPools::set_current_pool(int device, Handle pool) {
  const std::lock_guard lock(mutex_);
  if (!pools_.contains(pool)) return Status::invalid_value;
  current_.at(static_cast<std::size_t>(device)) = pool;
  return Status::ok;
}

Handle MemoryPools::create(int device) {
  const std::lock_guard lock(mutex_);
  const Handle handle = last_handle_ += 0x10;
  pools_[handle].device = device;
  return handle;
}

Status MemoryPools::destroy(Handle pool) {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end() || std::ranges::find(defaults_, pool) != defaults_.end()) return Status::invalid_value;
  trim_locked(found->second, 0);
  for (std::size_t device = 0; device < current_.size(); ++device) {
    if (current_[device] == pool) current_[device] = defaults_[device];
  }
  auto node = pools_.extract(found);
  if (node.mapped().usage.used_bytes > 0) destroyed_.insert(std::move(node));
  return Status::ok;
}

Status MemoryPools::check(Handle pool) const {
  const std::lock_guard lock(mutex_);
  return pools_.contains(pool) ? Status::ok : Status::invalid_value;
}

Status MemoryPools::allocate(Handle pool, std::size_t bytes, std::uintptr_t& address) {
  if (bytes == 0) {
    address = 0;
    return Status::ok;
  }
  const std::uint64_t rounded = round_up(bytes, kPoolAlignment);
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  Pool& owner = found->second;
  const Status placed = memory_.place(owner.device, bytes, MemoryKind::pooled, address);
  if (placed != Status::ok) return placed;
  const std::uint64_t needed = round_up(owner.usage.used_bytes + rounded, kGranularity);
  if (needed > owner.usage.reserved_bytes) {
    const std::uint64_t grown = needed - owner.usage.reserved_bytes;
    if (const Status status = memory_.charge(owner.device, grown); status != Status::ok) {
      memory_.release(address, {MemoryKind::pooled});
      return status;
    }
    owner.usage.reserved_bytes = needed;
    owner.usage.reserved_peak_bytes = std::max(owner.usage.reserved_peak_bytes, needed);
  }
  owner.usage.used_bytes += rounded;
  owner.usage.used_peak_bytes = std::max(owner.usage.used_peak_bytes, owner.usage.used_bytes);
  allocations_[address] = {pool, rounded};
  return Status::ok;
}

Status MemoryPools::release(std::uintptr_t address) {
  const std::lock_guard lock(mutex_);
  const auto found = allocations_.find(address);
  if (found == allocations_.end()) return Status::invalid_value;
  const auto [pool, bytes] = found->second;
  allocations_.erase(found);
  if (const auto owner = pools_.find(pool); owner != pools_.end()) {
    owner->second.usage.used_bytes -= bytes;
  } else {
    Pool& destroyed = destroyed_.at(pool);
    destroyed.usage.used_bytes -= bytes;
    trim_locked(destroyed, 0);
    if (destroyed.usage.used_bytes == 0) destroyed_.erase(pool);
  }
  return memory_.release(address, {MemoryKind::pooled});
}

Handle MemoryPools::pool_of(std::uintptr_t address) const {
  const std::lock_guard lock(mutex_);
  const auto found = allocations_.find(address);
  return found == allocations_.end() ? 0 : found->second.first;
}

void MemoryPools::trim_locked(Pool& pool, std::uint64_t keep_bytes) {
  const std::uint64_t wanted = keep_bytes / kGranularity * kGranularity;
  const std::uint64_t kept = std::max(round_up(pool.usage.used_bytes, kGranularity), wanted);
  if (kept >= pool.usage.reserved_bytes) return;
  memory_.uncharge(pool.device, pool.usage.reserved_bytes - kept);
  pool.usage.reserved_bytes = kept;
}

Status MemoryPools::trim(Handle pool, std::uint64_t keep_bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  trim_locked(found->second, keep_bytes);
  return Status::ok;
}

void MemoryPools::synchronise() {
  const std::lock_guard lock(mutex_);
  for (auto& [handle, pool] : pools_) trim_locked(pool, pool.release_threshold);
}

Status MemoryPools::usage(Handle pool, PoolUsage& usage) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  usage = found->second.usage;
  return Status::ok;
}

Status MemoryPools::reset_used_peak(Handle pool) {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  found->second.usage.used_peak_bytes = found->second.usage.used_bytes;
  return Status::ok;
}

Status MemoryPools::reset_reserved_peak(Handle pool) {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  found->second.usage.reserved_peak_bytes = found->second.usage.reserved_bytes;
  return Status::ok;
}

Status MemoryPools::set_release_threshold(Handle pool, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  found->second.release_threshold = bytes;
  return Status::ok;
}

Status MemoryPools::release_threshold(Handle pool, std::uint64_t& bytes) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return Status::invalid_value;
  bytes = found->second.release_threshold;
  return Status::ok;
}

}  // namespace profile_train::simulator
