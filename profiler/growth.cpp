#include "profiler/growth.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>

#include "profiler/changes.h"

namespace profile_train {
namespace {

constexpr std::size_t kLeastRises = 3;

/// Names rather than scopes: the same place may be reached through several frames.
using Site = std::tuple<NameId, NameId, Phase, Category>;

/// By step end: bytes that begin, or cease, to be alive there.
using Differences = std::map<std::size_t, Bytes>;

std::vector<Bytes> running_sum(const Differences& differences, std::size_t steps) {
  std::vector<Bytes> sums(steps, 0);
  for (const auto& [step, bytes] : differences)
    if (step < steps) sums[step] = bytes;
  for (std::size_t i = 1; i < steps; ++i) sums[i] += sums[i - 1];
  return sums;
}

std::size_t rises_up_to_the_last(const std::vector<Bytes>& at_ends) {
  std::size_t rises = 0;
  for (std::size_t i = at_ends.size() - 1; i > 0 && at_ends[i] > at_ends[i - 1]; --i) ++rises;
  return rises;
}

}  // namespace

std::vector<GrowthRow> find_growth(const ScopePaths& paths, const std::vector<Allocation>& allocations,
                                   const DeviceTotals& device, const std::vector<StepSpan>& steps) {
  std::vector<EventIndex> ends;
  for (const StepSpan& step : steps)
    if (step.complete) ends.push_back(step.last);
  if (ends.size() <= kLeastRises) return {};

  std::map<Site, Differences> sites;
  std::size_t first_end = 0;  // the first step end at or after the birth
  for (const Allocation& a : allocations) {
    while (first_end < ends.size() && ends[first_end] < a.born) ++first_end;
    if (first_end == ends.size()) break;
    if (a.died <= ends[first_end] || !is_on(a, device)) continue;  // most: they do not outlive their step
    const auto end_of_life = std::lower_bound(ends.begin(), ends.end(), a.died) - ends.begin();
    const ScopePath path = paths[a.scope];
    Differences& differences = sites[{path.op, path.module, a.born_phase, a.category}];
    differences[first_end] += a.bytes;
    differences[static_cast<std::size_t>(end_of_life)] -= a.bytes;
  }

  std::vector<GrowthRow> rows;
  for (const auto& [site, differences] : sites) {
    const std::vector<Bytes> at_ends = running_sum(differences, ends.size());
    const std::size_t rises = rises_up_to_the_last(at_ends);
    if (rises < kLeastRises) continue;
    const auto& [op, module, phase, category] = site;
    const Bytes risen = at_ends.back() - at_ends[at_ends.size() - 1 - rises];
    rows.push_back({.op = paths.name(op),
                    .module = paths.name(module),
                    .phase = phase,
                    .category = category,
                    .bytes_per_step = risen / static_cast<Bytes>(rises),
                    .steps = static_cast<std::int64_t>(rises),
                    .total_bytes = at_ends.back()});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const GrowthRow& a, const GrowthRow& b) { return a.bytes_per_step > b.bytes_per_step; });
  return rows;
}

}  // namespace profile_train
