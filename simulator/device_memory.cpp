#include "simulator/device_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <limits>

#include "simulator/round_up.h"

namespace profile_train::simulator {
namespace {

constexpr std::size_t kPage = 4096;

/// Host memory that has pages only once it is touched.
void* host_pages(std::size_t bytes) {
  return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

const char* call_that_makes(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::device: return "cudaMalloc";
    case MemoryKind::pooled: return "cudaMallocAsync";
    case MemoryKind::reservation: return "cuMemAddressReserve";
    case MemoryKind::managed: return "cudaMallocManaged";
    case MemoryKind::pinned: return "cudaHostAlloc";
    case MemoryKind::registered: return "cudaHostRegister";
  }
  return "?";
}

}  // namespace

DeviceMemory::DeviceMemory(int devices, std::uint64_t device_bytes, bool unlimited)
    : device_bytes_(device_bytes), unlimited_(unlimited), usage_(static_cast<std::size_t>(devices)) {}

// ---- what devices are charged

Status DeviceMemory::charge_locked(int device, std::uint64_t bytes) {
  DeviceUsage& usage = usage_.at(static_cast<std::size_t>(device));
  const std::uint64_t limit = unlimited_ ? std::numeric_limits<std::uint64_t>::max() : device_bytes_;
  if (bytes > limit - usage.used_bytes) return Status::out_of_memory;
  usage.used_bytes += bytes;
  usage.peak_bytes = std::max(usage.peak_bytes, usage.used_bytes);
  return Status::ok;
}

void DeviceMemory::uncharge_locked(int device, std::uint64_t bytes) {
  usage_.at(static_cast<std::size_t>(device)).used_bytes -= bytes;
}

Status DeviceMemory::charge(int device, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  return charge_locked(device, bytes);
}

void DeviceMemory::uncharge(int device, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  uncharge_locked(device, bytes);
}

DeviceUsage DeviceMemory::usage(int device) const {
  const std::lock_guard lock(mutex_);
  return usage_.at(static_cast<std::size_t>(device));
}

DeviceUsage DeviceMemory::pinned_usage() const {
  const std::lock_guard lock(mutex_);
  return pinned_;
}

std::uint64_t DeviceMemory::free_bytes(int device) const {
  const std::uint64_t used = usage(device).used_bytes;
  return used < device_bytes_ ? device_bytes_ - used : 0;
}

// ---- address ranges

std::uintptr_t DeviceMemory::record_locked(MemoryRange range) {
  range.number = ++allocations_;
  ranges_[range.address] = range;
  return range.address;
}

Status DeviceMemory::allocate(int device, std::size_t bytes, std::uintptr_t& address) {
  if (bytes == 0) return Status::invalid_value;
  const std::size_t charged = round_up(bytes, kGranularity);
  if (charged < bytes) return Status::out_of_memory;  // so large that rounding it overflows
  const std::lock_guard lock(mutex_);
  if (const Status status = charge_locked(device, charged); status != Status::ok) return status;
  const auto place = addresses_.reserve(charged, kGranularity);
  if (!place) {
    uncharge_locked(device, charged);
    return Status::out_of_memory;
  }
  address = record_locked(
      {.address = *place, .bytes = bytes, .kind = MemoryKind::device, .device = device, .charged_bytes = charged});
  return Status::ok;
}

Status DeviceMemory::place(int device, std::size_t bytes, MemoryKind kind, std::uintptr_t& address) {
  const std::lock_guard lock(mutex_);
  const auto place = addresses_.reserve(round_up(bytes, kGranularity), kGranularity);
  if (!place) return Status::out_of_memory;
  address = record_locked({.address = *place, .bytes = bytes, .kind = kind, .device = device});
  return Status::ok;
}

Status DeviceMemory::allocate_managed(int device, std::size_t bytes, std::uintptr_t& address) {
  if (bytes == 0) return Status::invalid_value;
  const std::size_t charged = round_up(bytes, kGranularity);
  const std::lock_guard lock(mutex_);
  if (const Status status = charge_locked(device, charged); status != Status::ok) return status;
  void* const pages = host_pages(charged);
  if (pages == MAP_FAILED) {
    uncharge_locked(device, charged);
    return Status::out_of_memory;
  }
  address = record_locked({.address = reinterpret_cast<std::uintptr_t>(pages),
                           .bytes = bytes,
                           .kind = MemoryKind::managed,
                           .device = device,
                           .charged_bytes = charged});
  return Status::ok;
}

Status DeviceMemory::allocate_pinned(std::size_t bytes, std::uintptr_t& address) {
  const std::size_t charged = round_up(std::max<std::size_t>(bytes, 1), kPage);
  void* const pages = host_pages(charged);
  if (pages == MAP_FAILED) return Status::out_of_memory;
  const std::lock_guard lock(mutex_);
  pinned_.used_bytes += charged;
  pinned_.peak_bytes = std::max(pinned_.peak_bytes, pinned_.used_bytes);
  address = record_locked({.address = reinterpret_cast<std::uintptr_t>(pages),
                           .bytes = bytes,
                           .kind = MemoryKind::pinned,
                           .device = 0,
                           .charged_bytes = charged});
  return Status::ok;
}

Status DeviceMemory::register_host(std::uintptr_t address, std::size_t bytes) {
  if (address == 0 || bytes == 0) return Status::invalid_value;
  const std::lock_guard lock(mutex_);
  if (ranges_.contains(address)) return Status::invalid_value;
  record_locked({.address = address, .bytes = bytes, .kind = MemoryKind::registered});
  return Status::ok;
}

Status DeviceMemory::release(std::uintptr_t address, std::initializer_list<MemoryKind> kinds, MemoryRange* was) {
  const std::lock_guard lock(mutex_);
  const auto found = ranges_.find(address);
  if (found == ranges_.end() || std::ranges::find(kinds, found->second.kind) == kinds.end()) {
    return Status::invalid_value;
  }
  const MemoryRange range = found->second;
  if (range.kind == MemoryKind::reservation && mapped_locked(range.address, range.bytes)) return Status::invalid_value;
  ranges_.erase(found);
  if (was != nullptr) *was = range;
  switch (range.kind) {
    case MemoryKind::device: uncharge_locked(range.device, range.charged_bytes); [[fallthrough]];
    case MemoryKind::pooled:
    case MemoryKind::reservation: addresses_.release(address, round_up(range.bytes, kGranularity)); break;
    case MemoryKind::managed: uncharge_locked(range.device, range.charged_bytes); [[fallthrough]];
    case MemoryKind::pinned:
      if (range.kind == MemoryKind::pinned) pinned_.used_bytes -= range.charged_bytes;
      munmap(reinterpret_cast<void*>(address), range.charged_bytes);  // NOLINT(performance-no-int-to-ptr)
      break;
    case MemoryKind::registered: break;
  }
  return Status::ok;
}

std::optional<MemoryRange> DeviceMemory::find(std::uintptr_t address) const {
  const std::lock_guard lock(mutex_);
  auto after = ranges_.upper_bound(address);
  if (after == ranges_.begin()) return std::nullopt;
  const MemoryRange& range = std::prev(after)->second;
  if (address - range.address >= std::max<std::size_t>(range.bytes, 1)) return std::nullopt;
  return range;
}

std::string DeviceMemory::describe(std::uintptr_t address) const {
  if (const auto range = find(address)) {
    return fmt::format("byte {} of allocation {}, {} B of {} on device {}", address - range->address, range->number,
                       range->bytes, call_that_makes(range->kind), range->device);
  }
  return "device address space that nothing is allocated in: freed, or past the end of an allocation";
}

// ---- virtual memory management

Status DeviceMemory::reserve_addresses(std::size_t bytes, std::size_t alignment, std::uintptr_t& address) {
  if (bytes == 0 || bytes % kGranularity != 0) return Status::invalid_value;
  const std::lock_guard lock(mutex_);
  const auto place = addresses_.reserve(bytes, std::max(alignment, kGranularity));
  if (!place) return Status::out_of_memory;
  address = record_locked({.address = *place, .bytes = bytes, .kind = MemoryKind::reservation, .device = 0});
  return Status::ok;
}

Status DeviceMemory::create(int device, std::size_t bytes, PhysicalHandle& handle) {
  if (bytes == 0 || bytes % kGranularity != 0) return Status::invalid_value;
  const std::lock_guard lock(mutex_);
  if (const Status status = charge_locked(device, bytes); status != Status::ok) return status;
  handle = ++last_handle_;
  physical_[handle] = {.bytes = bytes, .device = device, .handles = 1};
  return Status::ok;
}

Status DeviceMemory::map(std::uintptr_t address, std::size_t bytes, PhysicalHandle handle) {
  const std::lock_guard lock(mutex_);
  const auto physical = physical_.find(handle);
  if (physical == physical_.end() || physical->second.handles == 0) return Status::invalid_value;
  if (bytes != physical->second.bytes || address % kGranularity != 0) return Status::invalid_value;
  const auto after = ranges_.upper_bound(address);
  if (after == ranges_.begin()) return Status::invalid_value;
  MemoryRange& range = std::prev(after)->second;
  if (range.kind != MemoryKind::reservation || address + bytes > range.address + range.bytes) {
    return Status::invalid_value;
  }
  if (mapped_locked(address, bytes)) return Status::invalid_value;
  range.device = physical->second.device;
  ++physical->second.mappings;
  mappings_[address] = {bytes, handle};
  return Status::ok;
}

Status DeviceMemory::unmap(std::uintptr_t address, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto first = mappings_.find(address);
  auto last = first;
  std::uintptr_t end = address;
  for (; last != mappings_.end() && last->first == end && end < address + bytes; ++last) end += last->second.bytes;
  if (bytes == 0 || end != address + bytes) return Status::invalid_value;  // a gap, or part of a mapping
  for (auto mapping = first; mapping != last; ++mapping) {
    const auto physical = physical_.find(mapping->second.handle);
    --physical->second.mappings;
    drop_unused_locked(physical);
  }
  mappings_.erase(first, last);
  return Status::ok;
}

Status DeviceMemory::retain(std::uintptr_t address, PhysicalHandle& handle) {
  const std::lock_guard lock(mutex_);
  const auto after = mappings_.upper_bound(address);
  if (after == mappings_.begin()) return Status::invalid_value;
  const auto& [begin, mapping] = *std::prev(after);
  if (address >= begin + mapping.bytes) return Status::invalid_value;
  handle = mapping.handle;
  ++physical_.at(handle).handles;
  return Status::ok;
}

Status DeviceMemory::release_physical(PhysicalHandle handle) {
  const std::lock_guard lock(mutex_);
  const auto physical = physical_.find(handle);
  if (physical == physical_.end() || physical->second.handles == 0) return Status::invalid_value;
  --physical->second.handles;
  drop_unused_locked(physical);
  return Status::ok;
}

void DeviceMemory::drop_unused_locked(std::unordered_map<PhysicalHandle, Physical>::iterator physical) {
  if (physical->second.handles + physical->second.mappings > 0) return;
  uncharge_locked(physical->second.device, physical->second.bytes);
  physical_.erase(physical);
}

bool DeviceMemory::mapped_locked(std::uintptr_t address, std::size_t bytes) const {
  auto mapping = mappings_.lower_bound(address);
  if (mapping != mappings_.end() && mapping->first < address + bytes) return true;
  if (mapping == mappings_.begin()) return false;
  --mapping;
  return mapping->first + mapping->second.bytes > address;
}

std::optional<int> DeviceMemory::device_of(PhysicalHandle handle) const {
  const std::lock_guard lock(mutex_);
  const auto physical = physical_.find(handle);
  return physical == physical_.end() ? std::nullopt : std::optional(physical->second.device);
}

}  // namespace profile_train::simulator
