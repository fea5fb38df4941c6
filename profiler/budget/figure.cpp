#include "profiler/budget/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "profiler/budget/module_pattern.h"
#include "profiler/changes.h"
#include "profiler/grouped.h"
#include "profiler/scope_path.h"

namespace profile_train {
namespace {

constexpr std::size_t kStepsForGrowth = 4;  // find_growth() asks for three rises

Place place_at(const Analysis& analysis, EventIndex event) {
  const Summary& summary = analysis.summary;
  if (event >= analysis.trace.events.size()) return {};
  Place place{.event = event, .step = 0, .phase = Phase::other, .op = {}, .module = {}};
  for (const StepSummary& step : summary.steps)
    if (step.first_event <= event && event <= step.last_event) place.step = step.step;
  for (const PhaseSummary& phase : summary.phases)
    if (phase.first_event <= event && event <= phase.last_event) place.phase = phase.phase;
  const ScopePaths paths(analysis.trace);
  const ScopeId scope = analysis.trace.events[event].scope;
  place.op = paths.op(scope);
  place.module = paths.module(scope);
  return place;
}

Figure plain(Amount amount) { return {.amount = amount, .why_not = {}, .place = std::nullopt, .note = {}}; }

Figure found(const Analysis& analysis, Bytes bytes, EventIndex event) {
  Figure figure = plain(bytes);
  figure.place = place_at(analysis, event);
  return figure;
}

Figure missing(std::string why_not) {
  return {.amount = std::nullopt, .why_not = std::move(why_not), .place = std::nullopt, .note = {}};
}

/// The first instant at which the allocations that count hold most.
template <typename Counts>
Figure highest(const Analysis& analysis, Counts&& counts) {
  Bytes now = 0;
  Bytes most = 0;
  EventIndex event = 0;
  for_each_change(analysis.allocations, analysis.deaths, analysis.summary.devices.front(),
                  [&](EventIndex e, const Allocation& a, Bytes bytes) {
                    if (!counts(a)) return;
                    now += bytes;
                    if (now > most) {
                      most = now;
                      event = e;
                    }
                  });
  return found(analysis, most, event);
}

/// The stretch of a phase with the most bytes; null if the trace has none.
const PhaseSummary* highest_stretch(const Summary& summary, Phase phase) {
  const PhaseSummary* best = nullptr;
  for (const PhaseSummary& row : summary.phases)
    if (row.phase == phase && (best == nullptr || row.peak_bytes > best->peak_bytes)) best = &row;
  return best;
}

Figure of_phase(const Summary& summary, Phase phase) {
  const PhaseSummary* stretch = highest_stretch(summary, phase);
  if (stretch != nullptr) return plain(stretch->peak_bytes);
  return missing(summary.inferred.empty()
                     ? fmt::format("the trace has no phase {}", to_string(phase))
                     : fmt::format("no phase {} could be inferred from the recording", to_string(phase)));
}

Figure highest_in_phase(const Analysis& analysis, Phase phase) {
  const PhaseSummary* stretch = highest_stretch(analysis.summary, phase);
  if (stretch == nullptr) return of_phase(analysis.summary, phase);

  Bytes now = 0;
  std::optional<EventIndex> event;  // none: the phase never held more than what it began with
  for_each_change(analysis.allocations, analysis.deaths, analysis.summary.devices.front(),
                  [&](EventIndex e, const Allocation&, Bytes bytes) {
                    now += bytes;
                    const bool inside = stretch->first_event <= e && e <= stretch->last_event;
                    if (inside && !event && now == stretch->peak_bytes) event = e;
                  });
  return found(analysis, stretch->peak_bytes, event.value_or(stretch->first_event));
}

Figure highest_of_modules(const Analysis& analysis, const std::string& pattern) {
  const ScopePaths paths(analysis.trace);
  std::vector<char> counts(analysis.trace.scopes.size());  // names only once, not for each of the millions
  bool any = false;
  for (std::size_t scope = 0; scope < counts.size(); ++scope) {
    counts[scope] = matches_module(pattern, paths.module(static_cast<ScopeId>(scope))) ? 1 : 0;
    any = any || counts[scope] != 0;
  }
  if (!any) return missing(fmt::format("no module of the trace matches {}", pattern));
  return highest(analysis, [&](const Allocation& a) { return counts[a.scope] != 0; });
}

Figure of_rung(const Summary& summary, std::string_view name) {
  for (const LadderRung& rung : summary.ladder) {
    if (rung.rung != name) continue;
    if (!rung.bytes) return missing(rung.why_not_measured);
    return plain(*rung.bytes);
  }
  return missing(fmt::format("{} bytes are those of a caching allocator, and the CPU has none", name));
}

Figure growth_of(const Summary& summary) {
  if (summary.steps.size() < kStepsForGrowth)
    return missing(
        fmt::format("growth shows over {} steps, and the trace has {}", kStepsForGrowth, summary.steps.size()));
  Bytes bytes = 0;
  for (const GrowthRow& row : summary.growth) bytes += row.bytes_per_step;
  return plain(bytes);
}

/// Why the allocator's replay has no figures; empty if it has.
std::string why_no_replay(const Summary& summary) {
  if (!summary.allocator) {
    const std::string why_not = of_rung(summary, "reserved").why_not;
    return why_not.empty() ? "there is no replay of the allocator" : why_not;
  }
  if (!summary.allocator->why_not.empty()) return summary.allocator->why_not;
  if (!summary.allocator->disagreement.empty())
    return fmt::format("the model of the allocator leaves the trace: {}", summary.allocator->disagreement);
  return summary.allocator->reserved_peak.reserved_bytes > 0 ? "" : "nothing was reserved";
}

Figure fragmentation_of(const Summary& summary) {
  if (std::string why_not = why_no_replay(summary); !why_not.empty()) return missing(std::move(why_not));
  const AllocatorInstant& instant = summary.allocator->reserved_peak;
  constexpr double kWhole = 10'000.0;
  Figure figure = plain(static_cast<Amount>(kWhole * static_cast<double>(instant.stuck_bytes) /
                                            static_cast<double>(instant.reserved_bytes)));
  figure.note = fmt::format("{} of {} B, at the peak of the reserved bytes", grouped(instant.stuck_bytes),
                            grouped(instant.reserved_bytes));
  return figure;
}

/// Rungs of the allocator are highest at instants of their own, which its replay knows.
Figure with_place(Figure figure, const Analysis& analysis, AllocatorInstant AllocatorReplay::*instant) {
  if (figure.amount && why_no_replay(analysis.summary).empty())
    figure.place = place_at(analysis, (*analysis.summary.allocator.*instant).event);
  return figure;
}

Figure residual_of(const ModelComparison& model) {
  if (!model.why_not.empty()) return missing(model.why_not);
  struct Instant {
    std::string_view name;
    const ModelInstant* instant;
  };
  Figure largest = missing("the exact model does not cover this run");
  for (const auto& [name, instant] : {Instant{"logits spike", &model.spike}, Instant{"peak", &model.peak},
                                      Instant{"peak of step 1", &model.first_step_peak}}) {
    if (!instant->residual_bytes) continue;
    const Bytes bytes = std::abs(*instant->residual_bytes);
    if (largest.amount && bytes <= *largest.amount) continue;
    largest = plain(bytes);
    largest.note = name;
  }
  return largest;
}

Figure figure_of(const Summary& summary, const Subject& subject) {
  switch (subject.measure) {
    case Measure::requested: return plain(summary.peak.requested_bytes);
    case Measure::allocated: return of_rung(summary, "allocated");
    case Measure::reserved: return of_rung(summary, "reserved");
    case Measure::category: return plain(at(summary.category_peaks, subject.category));
    case Measure::phase: return of_phase(summary, subject.phase);
    case Measure::modules: return missing("a report does not tell what modules held together; use its trace");
    case Measure::growth: return growth_of(summary);
    case Measure::fragmentation: return fragmentation_of(summary);
    case Measure::residual: return residual_of(summary.model);
  }
  return {};
}

Figure figure_of(const Analysis& analysis, const Subject& subject) {
  switch (subject.measure) {
    case Measure::requested: return found(analysis, analysis.summary.peak.requested_bytes, analysis.summary.peak.event);
    case Measure::category:
      return highest(analysis, [&](const Allocation& a) { return a.category == subject.category; });
    case Measure::phase: return highest_in_phase(analysis, subject.phase);
    case Measure::modules: return highest_of_modules(analysis, subject.modules);
    case Measure::allocated:
      return with_place(figure_of(analysis.summary, subject), analysis, &AllocatorReplay::allocated_peak);
    case Measure::reserved:
    case Measure::fragmentation:
      return with_place(figure_of(analysis.summary, subject), analysis, &AllocatorReplay::reserved_peak);
    default: return figure_of(analysis.summary, subject);
  }
}

Figure marked(Figure figure, const Summary& summary, Measure measure) {
  figure.inferred = !summary.inferred.empty() && rests_on_inference(measure);
  return figure;
}

}  // namespace

bool rests_on_inference(Measure measure) {
  switch (measure) {
    case Measure::category:
    case Measure::phase:
    case Measure::growth: return true;  // from step to step, and steps come from phases
    default: return false;              // sizes, segments and stacks are recorded
  }
}

Figure measure(const Summary& summary, const Subject& subject) {
  return marked(figure_of(summary, subject), summary, subject.measure);
}

Figure measure(const Analysis& analysis, const Subject& subject) {
  return marked(figure_of(analysis, subject), analysis.summary, subject.measure);
}

std::vector<std::string> why_not_sound(const Summary& summary) {
  std::vector<std::string> reasons;
  const Losses& losses = summary.losses;
  const auto count = [&](std::uint64_t n, std::string_view what) {
    if (n > 0) reasons.push_back(fmt::format("{}: {}", what, n));
  };
  if (losses.cut)
    reasons.push_back(
        fmt::format("the trace is cut short: {}", losses.cut_reason.empty() ? "it has no footer" : losses.cut_reason));
  if (!summary.footer.failure.empty()) reasons.push_back(fmt::format("the program failed: {}", summary.footer.failure));
  if (summary.footer.interrupted) reasons.emplace_back("the program was interrupted before its last step");
  if (std::string limitation = summary.footer.limitation; !limitation.empty()) {
    if (limitation.back() == '.') limitation.pop_back();  // reasons stand within sentences
    reasons.push_back(std::move(limitation));
  }
  count(losses.dropped_events, "events that could not be recorded");
  count(losses.dropped_scopes, "scopes that did not fit into the tables");
  count(losses.implied_frees, "releases that were not seen");
  count(losses.unmatched_roles, "roles told of memory that no event had allocated");
  count(losses.data_dependent_reads.value_or(0), "sizes taken from values that a simulated card does not compute");
  count(losses.unimplemented_calls.value_or(0), "calls that the simulated card could not serve");
  if (summary.peak.requested_bytes == 0) reasons.emplace_back("nothing was allocated in it");
  return reasons;
}

}  // namespace profile_train
