#include "profiler/out_of_memory.h"

#include "profiler/live_set.h"

namespace profile_train {
namespace {

constexpr std::size_t kMostTold = 4;
constexpr Bytes kBlockBytes = 512;  // the allocator rounds requests up to a multiple of it

/// The tensor that would have been made is not there to be looked at, but the same operator in the same module may have
/// made one of that size before.
const Allocation* made_there_before(const Trace& trace, const std::vector<Allocation>& allocations,
                                    const OutOfMemory& failed) {
  const ScopeId scope = trace.events[failed.event].scope;
  const Allocation* latest = nullptr;
  for (const Allocation& a : allocations) {
    if (a.born > failed.event) break;
    const bool same_size = a.bytes <= failed.request_bytes && a.bytes > failed.request_bytes - kBlockBytes;
    if (a.scope == scope && same_size && a.tensor_type != 0) latest = &a;
  }
  return latest;
}

Bytes reserved_at(const Trace& trace, std::uint8_t device_index, EventIndex until) {
  Bytes reserved = 0;
  for (EventIndex i = 0; i < until; ++i) {
    const Event& event = trace.events[i];
    if (event.device != DeviceType::cuda || event.device_index != device_index) continue;
    if (event.kind == EventKind::segment_allocate || event.kind == EventKind::segment_map) reserved += event.bytes;
    if (event.kind == EventKind::segment_free || event.kind == EventKind::segment_unmap) reserved -= event.bytes;
  }
  return reserved;
}

std::vector<EventIndex> worth_telling(const Trace& trace) {
  std::vector<EventIndex> failures;
  for (EventIndex i = 0; i < trace.events.size(); ++i)
    if (trace.events[i].kind == EventKind::out_of_memory) failures.push_back(i);
  if (failures.size() > kMostTold) failures.erase(failures.begin() + kMostTold - 1, failures.end() - 1);
  return failures;
}

}  // namespace

std::vector<OutOfMemory> find_out_of_memory(const Trace& trace, const ScopePaths& paths,
                                            const std::vector<Allocation>& allocations,
                                            const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps) {
  std::vector<OutOfMemory> found;
  for (const EventIndex i : worth_telling(trace)) {
    const Event& event = trace.events[i];
    OutOfMemory failed{.event = i,
                       .time_ns = event.time_ns,
                       .device_index = event.device_index,
                       .request_bytes = event.bytes,
                       .device_free_bytes = static_cast<Bytes>(event.address),
                       .step = step_number_at(steps, i),
                       .phase = phase_at(phases, i),
                       .op = paths.op(event.scope),
                       .module = paths.module(event.scope),
                       .reserved_bytes = reserved_at(trace, event.device_index, i)};
    if (const Allocation* before = made_there_before(trace, allocations, failed)) {
      failed.dtype = trace.tensor_types[before->tensor_type].dtype;
      failed.sizes = trace.tensor_types[before->tensor_type].sizes;
    }
    const DeviceTotals device{.device = event.device, .device_index = event.device_index};
    failed.live = live_set(trace, paths, allocations, device, i);
    for (const LiveAllocation& live : failed.live) {
      failed.requested_bytes += live.bytes;
      at(failed.by_category, live.category) += live.bytes;
    }
    found.push_back(std::move(failed));
  }
  return found;
}

}  // namespace profile_train
