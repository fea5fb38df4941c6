#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/summary.h"

namespace profile_train {

inline bool is_on(const Allocation& a, const DeviceTotals& device) {
  return a.device == device.device && a.device_index == device.device_index;
}

/// Walks through births and deaths on one device in the order of the events: `visit(event, allocation, signed bytes)`.
///
/// A merge of two sorted lists. At one event a death comes before a birth: that is how an address changes its owner.
template <typename Visit>
void for_each_change(const std::vector<Allocation>& allocations, const std::vector<std::uint32_t>& deaths,
                     const DeviceTotals& device, Visit&& visit) {
  auto death = deaths.begin();
  const auto visit_deaths_until = [&](EventIndex last) {
    for (; death != deaths.end() && allocations[*death].died <= last; ++death)
      if (const Allocation& a = allocations[*death]; is_on(a, device)) visit(a.died, a, -a.bytes);
  };
  for (const Allocation& a : allocations) {
    visit_deaths_until(a.born);
    if (is_on(a, device)) visit(a.born, a, a.bytes);
  }
  visit_deaths_until(kNever);
}

}  // namespace profile_train
