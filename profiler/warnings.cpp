#include "profiler/warnings.h"

#include <fmt/format.h>

#include "profiler/grouped.h"

namespace profile_train {
namespace {

std::string counted(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

}  // namespace

std::vector<std::string> warnings_about(const Summary& summary) {
  std::vector<std::string> warnings;
  const auto warn = [&](std::string sentence) { warnings.push_back(std::move(sentence)); };
  const Losses& losses = summary.losses;
  const TraceFooter& footer = summary.footer;

  if (!footer.failure.empty()) warn(fmt::format("The program failed: {}.", footer.failure));
  if (!footer.limitation.empty()) warn(footer.limitation);
  if (!footer.driver_limitation.empty()) warn(footer.driver_limitation);
  if (!footer.process_limitation.empty()) warn(footer.process_limitation);
  if (!summary.inferred.empty()) warn(summary.inferred);
  for (const DeviceTotals& device : summary.devices)
    if (device.out_of_memory > 0)
      warn(fmt::format("The device ran out of memory: {} could not be served.",
                       counted(static_cast<std::uint64_t>(device.out_of_memory), "request", "requests")));
  if (losses.cut)
    warn(fmt::format("The trace is cut: {}. Peaks are lower bounds, and the last step may be incomplete.",
                     losses.cut_reason.empty() ? "it has no footer" : losses.cut_reason));
  if (footer.interrupted) warn("The program was interrupted before its last step.");
  if (losses.dropped_events > 0)
    warn(fmt::format("{} could not be recorded: every peak is a lower bound.",
                     counted(losses.dropped_events, "event", "events")));
  if (losses.dropped_scopes > 0)
    warn(fmt::format("{} did not fit into the tables: their allocations are attributed to the frame around them.",
                     counted(losses.dropped_scopes, "scope", "scopes")));
  if (summary.allocator && !summary.allocator->disagreement.empty())
    warn(
        fmt::format("The model of the caching allocator left the trace {}: allocated bytes and fragmentation are known "
                    "up to there.",
                    summary.allocator->disagreement));
  if (summary.allocator && summary.allocator->agrees() && !summary.devices.empty())
    if (const auto own = summary.devices.front().reading(Gauge::allocator_allocated_peak);
        own && *own != summary.allocator->allocated_peak.allocated_bytes)
      warn(fmt::format("The replay's peak of allocated bytes, {} B, is not the allocator's own, {} B.",
                       grouped(summary.allocator->allocated_peak.allocated_bytes), grouped(*own)));
  if (losses.implied_frees > 0)
    warn(fmt::format("{} at an address that was still in use: its release was not seen, and is taken to be then.",
                     counted(losses.implied_frees, "allocation", "allocations")));
  if (losses.unmatched_frees > 0)
    warn(fmt::format("{} of memory that was allocated before the session, or whose allocation was lost.",
                     counted(losses.unmatched_frees, "release", "releases")));
  if (losses.unmatched_roles > 0)
    warn(fmt::format("{} told of memory that no event had allocated, and left out.",
                     counted(losses.unmatched_roles, "role was", "roles were")));
  if (losses.data_dependent_reads.value_or(0) > 0)
    warn(fmt::format("{} a size from device values that a simulated card does not compute: figures may be too low.",
                     counted(*losses.data_dependent_reads, "read took", "reads took")));
  if (losses.unimplemented_calls.value_or(0) > 0)
    warn(fmt::format("{} not simulated and returned an error.",
                     counted(*losses.unimplemented_calls, "call was", "calls were")));
  if (summary.carried_in_allocations > 0)
    warn(fmt::format("{} ({} B) from before the session: counted from the moment they were first seen.",
                     counted(static_cast<std::uint64_t>(summary.carried_in_allocations), "allocation", "allocations"),
                     grouped(summary.carried_in_bytes)));
  if (const Bytes unknown = at(summary.peak.by_category, Category::unknown); unknown > 0)
    warn(fmt::format("{} B at the peak fit no category: they are listed as unknown.", grouped(unknown)));
  if (summary.peak.residual_bytes != 0)
    warn(fmt::format("Categories miss the peak by {} B: this is a defect of the profiler, please report it.",
                     grouped(summary.peak.residual_bytes)));
  return warnings;
}

}  // namespace profile_train
