#include "profiler/driver_ledger.h"

#include <algorithm>
#include <utility>

namespace profile_train {

namespace {

constexpr const char* kUnusedInPools = "memory pools, not in use";

bool is_of_driver(EventKind kind) { return kind >= EventKind::driver_allocate && kind <= EventKind::driver_pool; }

bool is_segment(EventKind kind) { return kind >= EventKind::segment_allocate && kind <= EventKind::segment_unmap; }

bool is_start(const Event& event) { return event.kind == EventKind::gauge && event.gauge() == Gauge::process_at_start; }

}  // namespace

DriverLedger::DriverLedger(const Trace& trace, std::uint8_t device_index, std::set<EventIndex> segments)
    : trace_(trace), device_index_(device_index), segments_(std::move(segments)), shares_(1) {
  shares_[kAllocator].told.library = kCachingAllocator;
}

void DriverLedger::add(const Event& event, EventIndex index) {
  // Releases and mappings are told apart by address and handle: the thread's current device says nothing of them.
  const bool here = event.device == DeviceType::cuda && event.device_index == device_index_;
  switch (event.kind) {
    case EventKind::driver_allocate:
      if (here || event.driver_memory() == DriverMemory::pinned) allocate(event, index);
      break;
    case EventKind::driver_free: release(event); break;
    case EventKind::driver_map: map(event); break;
    case EventKind::driver_unmap: unmap(event); break;
    case EventKind::driver_pool:
      if (here) pools_[event.address] = event.bytes;
      break;
    case EventKind::segment_allocate:
      if (here) claim_segment(event);
      break;
    case EventKind::segment_map:
      if (here) claim_mapped(event);
      break;
    case EventKind::segment_free:
    case EventKind::segment_unmap:
      if (here) give_back(event);
      break;
    case EventKind::gauge:
      if (here && is_start(event)) level_.at_start_bytes = event.bytes == 0 ? 0 : now_bytes_ + held_in_pools();
      return;
    default: return;
  }
  note_peak(index);
}

void DriverLedger::allocate(const Event& event, EventIndex index) {
  const Piece piece{.bytes = event.bytes,
                    .owner = segments_.contains(index) ? kAllocator : owner_of(event.name),
                    .memory = event.driver_memory(),
                    .born = index};
  ++shares_[piece.owner].told.allocations;
  if (piece.memory == DriverMemory::physical) {
    if (const auto old = by_handle_.find(event.address); old != by_handle_.end())
      change(old->second.piece, -old->second.piece.bytes);
    by_handle_[event.address] = {.piece = piece};
  } else {
    by_address_[event.address].push_back(piece);
  }
  change(piece, piece.bytes);
}

void DriverLedger::release(const Event& event) {
  if (event.driver_memory() == DriverMemory::physical) return drop_reference(event.address);
  const auto found = by_address_.find(event.address);
  if (found == by_address_.end()) return;  // from before the session: the allocator's segments tell of it
  const Piece oldest = found->second.front();
  found->second.pop_front();
  if (found->second.empty()) by_address_.erase(found);
  change(oldest, -oldest.bytes);
}

void DriverLedger::drop_reference(std::uint64_t handle) {
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end() || --found->second.references > 0) return;
  change(found->second.piece, -found->second.piece.bytes);
  by_handle_.erase(found);
}

void DriverLedger::map(const Event& event) {
  const auto handle = static_cast<std::uint64_t>(event.bytes);
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) return;
  ++found->second.references;
  if (event.address != 0) mapped_[event.address] = {.bytes = found->second.piece.bytes, .handle = handle};
}

void DriverLedger::unmap(const Event& event) {
  const std::uint64_t end = event.address + static_cast<std::uint64_t>(event.bytes);
  for (auto at = mapped_.lower_bound(event.address); at != mapped_.end() && at->first < end; at = mapped_.erase(at))
    drop_reference(at->second.handle);
}

void DriverLedger::claim_segment(const Event& event) {
  if (const auto found = by_address_.find(event.address); found != by_address_.end())
    return claim(found->second.back());
  carried_in_[event.address] = event.bytes;
  carried_in_bytes_ += event.bytes;
  change({.owner = kAllocator}, event.bytes);
}

void DriverLedger::claim_mapped(const Event& event) {
  const std::uint64_t end = event.address + static_cast<std::uint64_t>(event.bytes);
  auto at = mapped_.lower_bound(event.address);
  if (at == mapped_.end() || at->first >= end) return claim_segment(event);
  for (; at != mapped_.end() && at->first < end; ++at)
    if (const auto found = by_handle_.find(at->second.handle); found != by_handle_.end()) claim(found->second.piece);
}

/// Of what was there before the session, the driver's own events tell nothing.
void DriverLedger::give_back(const Event& event) {
  const std::uint64_t begin = event.address;
  const std::uint64_t end = begin + static_cast<std::uint64_t>(event.bytes);
  auto at = carried_in_.upper_bound(begin);
  if (at != carried_in_.begin()) --at;
  while (at != carried_in_.end() && at->first < end) {
    const std::uint64_t range_begin = at->first;
    const std::uint64_t range_end = range_begin + static_cast<std::uint64_t>(at->second);
    const std::uint64_t cut_begin = std::max(begin, range_begin);
    const std::uint64_t cut_end = std::min(end, range_end);
    if (cut_begin >= cut_end) {
      ++at;
      continue;
    }
    at = carried_in_.erase(at);
    if (range_begin < cut_begin) carried_in_[range_begin] = static_cast<Bytes>(cut_begin - range_begin);
    if (cut_end < range_end) carried_in_[cut_end] = static_cast<Bytes>(range_end - cut_end);
    const auto bytes = static_cast<Bytes>(cut_end - cut_begin);
    carried_in_bytes_ -= bytes;
    change({.owner = kAllocator}, -bytes);
  }
}

DriverLedger::Owner DriverLedger::owner_of(NameId library) {
  const auto [entry, is_new] = owners_.try_emplace(library, shares_.size());
  if (!is_new) return entry->second;
  if (trace_.names[library] == kCachingAllocator) return entry->second = kAllocator;
  shares_.emplace_back().told.library = trace_.names[library];
  return entry->second;
}

void DriverLedger::change(const Piece& piece, Bytes bytes) {
  Share& share = shares_[piece.owner];
  if (piece.memory == DriverMemory::pinned) {
    share.pinned_now_bytes += bytes;
    share.told.pinned_peak_bytes = std::max(share.told.pinned_peak_bytes, share.pinned_now_bytes);
    pinned_bytes_ += bytes;
    level_.pinned_peak_bytes = std::max(level_.pinned_peak_bytes, pinned_bytes_);
    return;
  }
  share.now_bytes += bytes;
  share.told.peak_bytes = std::max(share.told.peak_bytes, share.now_bytes);
  now_bytes_ += bytes;
  if (piece.memory == DriverMemory::pooled) pooled_bytes_ += bytes;
  if (piece.memory == DriverMemory::module_variables) module_variable_bytes_ += bytes;
}

void DriverLedger::claim(Piece& piece) {
  if (piece.owner == kAllocator) return;
  const Bytes bytes = piece.bytes;
  change(piece, -bytes);
  --shares_[piece.owner].told.allocations;
  piece.owner = kAllocator;
  segments_.insert(piece.born);
  ++shares_[kAllocator].told.allocations;
  change(piece, bytes);
}

Bytes DriverLedger::held_in_pools() const {
  Bytes held = 0;
  for (const auto& [pool, bytes] : pools_) held += bytes;
  return std::max<Bytes>(held - pooled_bytes_, 0);  // less than in use: CUPTI's records are late
}

void DriverLedger::note_peak(EventIndex index) {
  const Bytes unused = held_in_pools();
  level_.at_end_bytes = now_bytes_ + unused;
  if (level_.at_end_bytes <= level_.peak_bytes) return;
  level_.peak_bytes = level_.at_end_bytes;
  level_.peak_event = index;
  level_.allocator_at_peak_bytes = shares_[kAllocator].now_bytes;
  level_.carried_in_bytes = carried_in_bytes_;
  level_.module_variable_bytes = module_variable_bytes_;
  level_.unused_in_pools_bytes = unused;
  for (Share& share : shares_) share.told.at_peak_bytes = share.now_bytes;
}

DriverLevel DriverLedger::level() const {
  DriverLevel level = level_;
  for (const Share& share : shares_)
    if (share.told.peak_bytes > 0 || share.told.pinned_peak_bytes > 0) level.libraries.push_back(share.told);
  if (level.unused_in_pools_bytes > 0)
    level.libraries.push_back({.library = kUnusedInPools,
                               .at_peak_bytes = level.unused_in_pools_bytes,
                               .peak_bytes = level.unused_in_pools_bytes});
  std::stable_sort(level.libraries.begin(), level.libraries.end(),
                   [](const DriverShare& a, const DriverShare& b) { return a.at_peak_bytes > b.at_peak_bytes; });
  return level;
}

std::optional<DriverLevel> driver_level(const Trace& trace, const std::vector<PhaseSpan>& phases,
                                        const std::vector<StepSpan>& steps, const DeviceTotals& device) {
  if (device.device != DeviceType::cuda) return std::nullopt;
  std::vector<EventIndex> events;
  bool recorded = trace.footer.driver_recorded;
  for (EventIndex i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (!is_of_driver(event.kind) && !is_segment(event.kind) && !is_start(event)) continue;
    recorded = recorded || is_of_driver(event.kind);  // a trace that was cut has no footer to say so
    events.push_back(i);
  }
  if (!recorded) return std::nullopt;
  DriverLedger finder(trace, device.device_index);
  for (const EventIndex i : events) finder.add(trace.events[i], i);
  DriverLedger ledger(trace, device.device_index, finder.segments());
  for (const EventIndex i : events) ledger.add(trace.events[i], i);
  DriverLevel level = ledger.level();
  level.peak_step = step_number_at(steps, level.peak_event);
  level.peak_phase = phase_at(phases, level.peak_event);
  return level;
}

}  // namespace profile_train
