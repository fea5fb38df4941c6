#include "profiler/attribution.h"

#include <algorithm>

#include "profiler/changes.h"

namespace profile_train {
namespace {

void add(AttributionRow& to, const AttributionRow& from) {
  to.at_peak_bytes += from.at_peak_bytes;
  to.allocated_bytes += from.allocated_bytes;
  to.allocations += from.allocations;
}

/// Rows that hold something, by name, in the order of a report.
std::vector<AttributionRow> ordered(std::vector<AttributionRow> by_name, const ScopePaths& paths) {
  std::vector<AttributionRow> rows;
  for (std::size_t name = 0; name < by_name.size(); ++name) {
    if (by_name[name].allocations == 0) continue;
    rows.push_back(std::move(by_name[name]));
    rows.back().name = name == 0 ? "(none)" : paths.name(static_cast<NameId>(name));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const AttributionRow& a, const AttributionRow& b) {
    if (a.at_peak_bytes != b.at_peak_bytes) return a.at_peak_bytes > b.at_peak_bytes;
    return a.allocated_bytes > b.allocated_bytes;
  });
  return rows;
}

}  // namespace

Attribution attribute(const Trace& trace, const ScopePaths& paths, const std::vector<Allocation>& allocations,
                      const DeviceTotals& device, EventIndex peak) {
  std::vector<AttributionRow> by_scope(trace.scopes.size());  // names only once the millions are summed up
  for (const Allocation& a : allocations) {
    if (!is_on(a, device)) continue;
    AttributionRow& row = by_scope[a.scope];
    if (a.alive_at(peak)) row.at_peak_bytes += a.bytes;
    row.allocated_bytes += a.bytes;
    ++row.allocations;
  }

  std::vector<AttributionRow> modules(trace.names.size());
  std::vector<AttributionRow> operators(trace.names.size());
  for (std::size_t scope = 0; scope < by_scope.size(); ++scope) {
    const ScopePath path = paths[static_cast<ScopeId>(scope)];
    add(modules[path.module], by_scope[scope]);
    add(operators[path.op], by_scope[scope]);
  }
  return {ordered(std::move(modules), paths), ordered(std::move(operators), paths)};
}

}  // namespace profile_train
