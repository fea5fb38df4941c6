#include "profiler/remedies/predicted_fit.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "profiler/allocator/address_space.h"
#include "profiler/allocator/caching_allocator.h"
#include "profiler/memory_model/symbolic/training_run.h"

namespace profile_train {
namespace {

constexpr std::int64_t kNobody = -1;

/// The allocation that is born or dies at each event of the run.
std::vector<std::int64_t> allocations_by_event(const symbolic::PredictedRun& run) {
  std::vector<std::int64_t> at(run.events.size(), kNobody);
  for (std::size_t i = 0; i < run.allocations.size(); ++i) {
    const symbolic::PredictedAllocation& a = run.allocations[i];
    at[static_cast<std::size_t>(a.born)] = static_cast<std::int64_t>(i);
    if (a.died >= 0) at[static_cast<std::size_t>(a.died)] = static_cast<std::int64_t>(i);
  }
  return at;
}

bool runs_through(const symbolic::PredictedRun& run, const allocator::Settings& settings, Bytes capacity_bytes) {
  allocator::AddressSpace card(capacity_bytes);
  allocator::CachingAllocator caching(settings, {.allowed_bytes = capacity_bytes, .device_bytes = capacity_bytes},
                                      card);
  const std::vector<std::int64_t> allocation_at = allocations_by_event(run);
  std::vector<std::uint64_t> addresses(run.allocations.size());
  for (std::size_t event = 0; event < run.events.size(); ++event) {
    if (allocation_at[event] == kNobody) continue;
    const auto index = static_cast<std::size_t>(allocation_at[event]);
    const symbolic::PredictedAllocation& a = run.allocations[index];
    if (a.bytes == 0) continue;  // an empty tensor asks for nothing
    if (static_cast<std::size_t>(a.born) == event) {
      const auto* block = caching.allocate({.bytes = a.bytes, .arena = {}});
      if (block == nullptr) return false;
      addresses[index] = block->address;
    } else {
      caching.request_free(addresses[index]);
      caching.complete_free(addresses[index]);
    }
  }
  return true;
}

}  // namespace

PredictedFit predict_fit(const TrainingSetup& setup, const allocator::Settings& settings, Bytes capacity_bytes) {
  constexpr std::int32_t kSteps = 2;
  const symbolic::PredictedRun run = symbolic::predict_run(setup, kSteps);
  PredictedFit fit;
  for (const symbolic::PredictedEvent& event : run.events)
    fit.requested_peak_bytes = std::max(fit.requested_peak_bytes, event.live_bytes);
  fit.fits = fit.requested_peak_bytes <= capacity_bytes && runs_through(run, settings, capacity_bytes);
  return fit;
}

}  // namespace profile_train
