#include "profiler/whatif.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <cmath>

#include "profiler/allocator/address_space.h"
#include "profiler/allocator/trace_replay.h"

namespace profile_train {
namespace {

using allocator::AddressSpace;
using allocator::Arena;
using allocator::CachingAllocator;
using allocator::EmptiedCache;
using allocator::Settings;
using allocator::TraceReplay;

/// The run as it was, as far as a change to it needs to know.
struct Recording {
  WhatIfPeaks peaks;
  std::vector<EmptiedCache> emptied;
  std::optional<Bytes> room_at_failure;  ///< reserved and free bytes when a request first failed
};

Result<Recording> follow(const Analysis& analysis, const DeviceTotals& device) {
  TraceReplay replay(analysis.trace, device.device, device.device_index);
  Recording recording;
  replay.on_out_of_memory([&](const TraceReplay::Miss& miss) {
    const auto free_bytes = static_cast<Bytes>(analysis.trace.events[miss.request].address);
    if (!recording.room_at_failure)
      recording.room_at_failure = replay.allocator().levels().reserved_bytes.now + free_bytes;
  });
  allocator::ReplayResult result = replay.run();
  if (!result.why_not.empty()) return failure(fmt::format("What if cannot be answered: {}.", result.why_not));
  if (result.disagreement)
    return failure(
        fmt::format("What if cannot be answered: the model of the allocator disagrees with the trace at event {}: {}.",
                    result.disagreement->event, result.disagreement->what));
  recording.emptied = std::move(result.emptied);
  const allocator::Levels& levels = replay.allocator().levels();
  recording.peaks = {.requested_bytes = levels.requested_bytes.peak,
                     .allocated_bytes = levels.allocated_bytes.peak,
                     .reserved_bytes = levels.reserved_bytes.peak};
  return recording;
}

/// What the device has, and what of it is not for the allocator.
struct Room {
  std::optional<Bytes> capacity_bytes;
  Bytes device_bytes = 0;
};

Room room_for(const DeviceTotals& device, const Recording& recording, const WhatIf& change,
              std::vector<std::string>& assumptions) {
  const auto total = device.reading(Gauge::device_total);
  const auto used = device.reading(Gauge::device_used);
  Room room{.capacity_bytes = std::nullopt, .device_bytes = change.memory_bytes.value_or(total.value_or(0))};
  if (room.device_bytes == 0) {
    room.device_bytes = recording.room_at_failure.value_or(device.reserved_peak_bytes);
    assumptions.push_back(
        "The trace does not tell the size of the device: address space is made for what was reserved.");
  }
  if (change.unlimited_memory) return room;

  std::optional<Bytes> held_by_others;  // contexts, libraries, other processes
  if (total && recording.room_at_failure)
    held_by_others = *total - *recording.room_at_failure;
  else if (total && used)
    held_by_others = std::max<Bytes>(0, *used - device.reserved_bytes);
  if (change.memory_bytes) {
    room.capacity_bytes = *change.memory_bytes - held_by_others.value_or(0);
    if (!held_by_others)
      assumptions.push_back("What others hold of the device is not known: the allocator is given all of it.");
  } else if (recording.room_at_failure) {
    room.capacity_bytes = recording.room_at_failure;
  } else if (total && held_by_others) {
    room.capacity_bytes = *total - *held_by_others;
  } else {
    assumptions.push_back(
        "The trace ended before the device told its size: nothing runs out. Give a size with memory.");
  }
  return room;
}

/// The recorded requests once more, changed.
class Rerun {
 public:
  Rerun(const Analysis& analysis, const DeviceTotals& device, const Recording& recording, const WhatIf& change,
        Room room)
      : analysis_(analysis),
        device_(device),
        change_(change),
        emptied_(recording.emptied),
        device_bytes_(room.device_bytes),
        space_(room.capacity_bytes),
        allocator_({}, {}, space_) {
    use(change.settings.value_or(Settings{}));
  }

  WhatIfResult run() {
    const std::vector<Event>& events = analysis_.trace.events;
    auto emptied = emptied_.begin();
    for (EventIndex i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      if (event.device != device_.device || event.device_index != device_.device_index) continue;
      if (emptied != emptied_.end() && emptied->event == i) {
        if (emptied->pool == 0)
          allocator_.empty_cache();
        else
          allocator_.release_pool(emptied->pool);
        ++emptied;
      }
      take(event, i);
    }
    const allocator::Levels& levels = allocator_.levels();
    result_.peaks = {.requested_bytes = levels.requested_bytes.peak,
                     .allocated_bytes = levels.allocated_bytes.peak,
                     .reserved_bytes = levels.reserved_bytes.peak};
    return std::move(result_);
  }

 private:
  void use(const Settings& settings) {
    std::optional<Bytes> allowed;
    if (settings.memory_fraction < 1.0)
      allowed = std::llround(settings.memory_fraction * static_cast<double>(device_bytes_));
    space_.allow(change_.unlimited_memory ? std::nullopt : allowed);
    allocator_.set(settings, {.allowed_bytes = allowed, .device_bytes = device_bytes_});
  }

  void take(const Event& event, EventIndex index) {
    switch (event.kind) {
      case EventKind::arena: arenas_[event.detail] = {.stream = event.address, .pool = event.bytes}; return;
      case EventKind::allocator_settings:
        if (const auto settings = allocator::parse_settings(analysis_.trace.names[event.name]);
            settings && !change_.settings)
          use(*settings);
        return;
      case EventKind::allocate:
      case EventKind::carried_in: return request(event, index);
      case EventKind::free_requested:
        if (const auto place = places_.find(event.address); place != places_.end()) {
          allocator_.request_free(place->second);
          space_.await(place->second);
        }
        return;
      case EventKind::free:
        if (const auto place = places_.find(event.address); place != places_.end()) {
          space_.no_longer_awaited(place->second);
          allocator_.complete_free(place->second);
          places_.erase(place);
        }
        return;
      case EventKind::out_of_memory: return request_that_failed(event, index);
      default: return;
    }
  }

  void request(const Event& event, EventIndex index) {
    const Bytes bytes = changed(event.bytes, index);
    places_.erase(event.address);
    if (bytes == 0) return;
    if (const allocator::Block* block = serve(bytes, event, index)) places_[event.address] = block->address;
  }

  void request_that_failed(const Event& event, EventIndex index) {
    const allocator::Block* const block = serve(event.bytes, event, index);
    if (!result_.serves_failed_request) result_.serves_failed_request = block != nullptr;
    if (block == nullptr) return;
    const std::uint64_t address = block->address;  // what the program would have done with it is not known
    allocator_.request_free(address);
    allocator_.complete_free(address);
  }

  const allocator::Block* serve(Bytes bytes, const Event& event, EventIndex index) {
    ++result_.requests;
    const allocator::Block* const block =
        allocator_.allocate({.bytes = bytes, .arena = arenas_[event.detail], .owner = index});
    if (block != nullptr) return block;
    ++result_.failed_requests;
    if (!result_.first_failure)
      result_.first_failure = {
          .event = index, .requested_bytes = bytes, .reserved_bytes = allocator_.levels().reserved_bytes.now};
    return nullptr;
  }

  Bytes changed(Bytes bytes, EventIndex index) {
    const std::vector<Allocation>& allocations = analysis_.allocations;  // in the order of birth, as the events are
    while (next_ < allocations.size() && allocations[next_].born < index) ++next_;
    if (next_ == allocations.size() || allocations[next_].born != index) return bytes;
    double factor = 1.0;
    for (const auto& [category, by] : change_.scale)
      if (category == allocations[next_].category) factor *= by;
    return factor == 1.0 ? bytes : std::llround(std::ceil(static_cast<double>(bytes) * factor));
  }

  const Analysis& analysis_;
  const DeviceTotals& device_;
  const WhatIf& change_;
  const std::vector<EmptiedCache>& emptied_;
  Bytes device_bytes_;
  AddressSpace space_;
  CachingAllocator allocator_;
  std::array<Arena, 256> arenas_{};
  tsl::robin_map<std::uint64_t, std::uint64_t> places_;  ///< recorded address → where it is now; those that are alive
  std::size_t next_ = 0;
  WhatIfResult result_;
};

}  // namespace

Result<WhatIfResult> what_if(const Analysis& analysis, const WhatIf& change) {
  const DeviceTotals& device = analysis.summary.devices.front();
  if (device.device == DeviceType::cpu)
    return failure("What if cannot be answered: the trace is of the CPU, whose allocator keeps no cache.");
  const Result<Recording> recording = follow(analysis, device);
  if (!recording) return tl::unexpected(recording.error());

  std::vector<std::string> assumptions;
  if (analysis.summary.carried_in_allocations > 0)
    assumptions.push_back("What was there before the recording is placed anew, in the order of its addresses.");
  if (!analysis.trace.inferred.empty() && !change.scale.empty())
    assumptions.push_back("Which allocations belong to a category is inferred: the recording does not tell.");
  const Room room = room_for(device, *recording, change, assumptions);
  WhatIfResult result = Rerun(analysis, device, *recording, change, room).run();
  result.recorded = recording->peaks;
  result.capacity_bytes = room.capacity_bytes;
  result.assumptions = std::move(assumptions);
  return result;
}

}  // namespace profile_train
