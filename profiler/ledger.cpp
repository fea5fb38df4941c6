#include "profiler/ledger.h"

#include <algorithm>
#include <array>

namespace profile_train {
namespace {

/// User addresses have 48 or 57 significant bits; two devices may use the same ones.
std::uint64_t key_of(const Event& event) {
  const auto device = (static_cast<std::uint64_t>(event.device) << 6U) ^ event.device_index;
  return event.address ^ (device << 56U);
}

int strength(Role role) {
  constexpr std::array<int, kRoles> kStrength = {0,           /*parameter*/ 6, /*buffer*/ 5, /*gradient*/ 4,
                                                 /*state*/ 3,
                                                 /*input*/ 2, /*workspace*/ 1};
  return kStrength.at(static_cast<std::size_t>(role));
}

}  // namespace

Ledger::Ledger(std::size_t expected_events) {
  allocations_.reserve(expected_events / 2);
  deaths_.reserve(expected_events / 2);
}

void Ledger::allocate(const Event& event, Moment moment) {
  const auto index = static_cast<std::uint32_t>(allocations_.size());
  const auto [slot, is_new] = owners_.try_emplace(key_of(event), index);
  if (!is_new) {
    if (slot->second != kNobody) {  // the release of the former owner was lost: it must have happened before now
      ++implied_frees_;
      die(slot->second, moment);
    }
    slot.value() = index;
  }
  allocations_.push_back({.address = event.address,
                          .bytes = event.bytes,
                          .born = moment.event,
                          .scope = event.scope,
                          .tensor_type = event.tensor_type,
                          .born_step = moment.step,
                          .born_phase = moment.phase,
                          .device = event.device,
                          .device_index = event.device_index,
                          .carried_in = event.kind == EventKind::carried_in});
  DeviceTotals& device = totals(event.device, event.device_index);
  device.live_bytes += event.bytes;
  device.peak_bytes = std::max(device.peak_bytes, device.live_bytes);
  device.allocated_bytes += event.bytes;
  ++device.allocations;
}

void Ledger::release(const Event& event, Moment moment) {
  const auto slot = owners_.find(key_of(event));
  if (slot == owners_.end() || slot->second == kNobody) {
    ++unmatched_frees_;
    return;
  }
  die(slot->second, moment);
  slot.value() = kNobody;
}

void Ledger::assign_role(const Event& event) {
  Allocation* allocation = find(event);
  if (allocation == nullptr) {
    ++unmatched_roles_;
    return;
  }
  if (strength(event.role()) <= strength(allocation->role)) return;  // a tied tensor keeps its first name
  allocation->role = event.role();
  allocation->name = event.name;
  if (event.tensor_type != 0) allocation->tensor_type = event.tensor_type;
}

void Ledger::describe(const Event& event) {
  Allocation* allocation = find(event);
  if (allocation != nullptr && allocation->tensor_type == 0) allocation->tensor_type = event.tensor_type;
}

void Ledger::die(std::uint32_t index, Moment moment) {
  Allocation& allocation = allocations_[index];
  allocation.died = moment.event;
  allocation.died_step = moment.step;
  allocation.died_phase = moment.phase;
  deaths_.push_back(index);
  totals(allocation.device, allocation.device_index).live_bytes -= allocation.bytes;
}

void Ledger::reserve(const Event& event) {
  DeviceTotals& device = totals(event.device, event.device_index);
  device.reserved_bytes += event.bytes;
  device.reserved_peak_bytes = std::max(device.reserved_peak_bytes, device.reserved_bytes);
}

void Ledger::unreserve(const Event& event) { totals(event.device, event.device_index).reserved_bytes -= event.bytes; }

void Ledger::count_out_of_memory(const Event& event) { ++totals(event.device, event.device_index).out_of_memory; }

void Ledger::read_gauge(const Event& event) {
  totals(event.device, event.device_index).gauges[event.detail] = event.bytes;
}

DeviceTotals& Ledger::totals(DeviceType device, std::uint8_t index) {
  for (DeviceTotals& d : devices_)  // one device, nearly always
    if (d.device == device && d.device_index == index) return d;
  return devices_.emplace_back(DeviceTotals{.device = device, .device_index = index});
}

Allocation* Ledger::find(const Event& event) {
  const auto slot = owners_.find(key_of(event));
  return slot == owners_.end() || slot->second == kNobody ? nullptr : &allocations_[slot->second];
}

Ledger replay(const std::vector<Event>& events, const std::vector<PhaseSpan>& phases,
              const std::vector<StepSpan>& steps) {
  Ledger ledger(events.size());
  auto step = steps.begin();
  for (const PhaseSpan& span : phases) {
    for (EventIndex i = span.first; i <= span.last; ++i) {
      while (step != steps.end() && step->last < i) ++step;
      const bool in_step = step != steps.end() && step->first <= i;
      const Moment moment{i, in_step ? step->step : 0, span.phase};
      const Event& event = events[i];
      switch (event.kind) {
        case EventKind::allocate:
        case EventKind::carried_in: ledger.allocate(event, moment); break;
        case EventKind::free: ledger.release(event, moment); break;
        case EventKind::role: ledger.assign_role(event); break;
        case EventKind::describe: ledger.describe(event); break;
        case EventKind::segment_allocate:
        case EventKind::segment_map: ledger.reserve(event); break;
        case EventKind::segment_free:
        case EventKind::segment_unmap: ledger.unreserve(event); break;
        case EventKind::gauge: ledger.read_gauge(event); break;
        case EventKind::out_of_memory: ledger.count_out_of_memory(event); break;
        default: break;  // marks: known already, as the spans; what only names things
      }
    }
  }
  return ledger;
}

}  // namespace profile_train
