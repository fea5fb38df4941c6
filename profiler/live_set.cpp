#include "profiler/live_set.h"

#include <algorithm>

#include "profiler/analysis.h"
#include "profiler/changes.h"

namespace profile_train {
LiveAllocation in_words(const Allocation& a, const Trace& trace, const ScopePaths& paths, EventIndex now) {
  const TensorType& type = trace.tensor_types[a.tensor_type];
  return {.bytes = a.bytes,
          .category = a.category,
          .dtype = type.dtype,
          .sizes = type.sizes,
          .name = paths.name(a.name),
          .module = paths.module(a.scope),
          .op = paths.op(a.scope),
          .phase = a.born_phase,
          .step = a.born_step,
          .age_events = now - a.born,
          .carried_in = a.carried_in};
}

std::vector<LiveAllocation> live_set(const Trace& trace, const ScopePaths& paths,
                                     const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                     EventIndex event) {
  std::vector<const Allocation*> live;
  for (const Allocation& a : allocations) {
    if (a.born > event) break;  // in the order of birth
    if (a.alive_at(event) && is_on(a, device)) live.push_back(&a);
  }
  std::stable_sort(live.begin(), live.end(),
                   [](const Allocation* a, const Allocation* b) { return a->bytes > b->bytes; });

  std::vector<LiveAllocation> rows;
  rows.reserve(live.size());
  for (const Allocation* a : live) rows.push_back(in_words(*a, trace, paths, event));
  return rows;
}

std::vector<LiveAllocation> live_set(const Analysis& analysis, EventIndex event) {
  if (analysis.summary.devices.empty()) return {};
  return live_set(analysis.trace, ScopePaths(analysis.trace), analysis.allocations, analysis.summary.devices.front(),
                  event);
}

}  // namespace profile_train
