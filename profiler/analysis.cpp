#include "profiler/analysis.h"

#include <algorithm>
#include <bit>

#include "profiler/attribution.h"
#include "profiler/categories.h"
#include "profiler/driver_ledger.h"
#include "profiler/fragmentation.h"
#include "profiler/growth.h"
#include "profiler/inventory.h"
#include "profiler/ladder.h"
#include "profiler/ledger.h"
#include "profiler/live_set.h"
#include "profiler/memory_model/checkpointing_effect.h"
#include "profiler/memory_model/comparison.h"
#include "profiler/metric_names.h"
#include "profiler/out_of_memory.h"
#include "profiler/peak.h"
#include "profiler/phases.h"
#include "profiler/recomputation.h"
#include "profiler/remedies/remedies.h"
#include "profiler/scope_path.h"
#include "profiler/steps.h"
#include "profiler/warnings.h"

namespace profile_train {
namespace {

/// The device the summary speaks of comes first: the accelerator with the highest peak, or the CPU if there is none.
/// A GPU run's host memory may well be larger, but it is the card that gets full.
std::vector<DeviceTotals> ordered(std::vector<DeviceTotals> devices) {
  std::stable_sort(devices.begin(), devices.end(), [](const DeviceTotals& a, const DeviceTotals& b) {
    const bool a_is_card = a.device != DeviceType::cpu && a.peak_bytes > 0;
    const bool b_is_card = b.device != DeviceType::cpu && b.peak_bytes > 0;
    return a_is_card != b_is_card ? a_is_card : a.peak_bytes > b.peak_bytes;
  });
  if (devices.empty()) devices.push_back({});  // nothing was allocated: the summary is of an idle CPU
  return devices;
}

double seconds_between(const Trace& trace, EventIndex first, EventIndex last) {
  return static_cast<double>(trace.events[last].time_ns - trace.events[first].time_ns) * 1e-9;
}

/// A loss recorded after the end of its step still belongs to it.
void add_losses(const Trace& trace, const std::vector<EventIndex>& marks, const std::vector<StepSpan>& spans,
                std::vector<StepSummary>& steps) {
  for (const EventIndex i : marks) {
    const Event& event = trace.events[i];
    if (event.kind != EventKind::metric || trace.names[event.name] != kLossMetric) continue;
    if (const std::size_t begun = steps_begun(spans, i); begun > 0)
      steps[begun - 1].loss = std::bit_cast<double>(event.bytes);
  }
}

std::vector<StepSummary> told(const Trace& trace, const std::vector<EventIndex>& marks,
                              const std::vector<StepSpan>& spans, std::vector<PeakInstant> peaks) {
  std::vector<StepSummary> steps;
  for (std::size_t i = 0; i < spans.size(); ++i)
    steps.push_back({.step = spans[i].step,
                     .loss = std::nullopt,
                     .seconds = seconds_between(trace, spans[i].first, spans[i].last),
                     .first_event = spans[i].first,
                     .last_event = spans[i].last,
                     .peak = std::move(peaks[i])});
  add_losses(trace, marks, spans, steps);
  return steps;
}

Losses losses_of(const Trace& trace, const Ledger& ledger) {
  Losses losses{.dropped_events = trace.footer.dropped_events,
                .dropped_scopes = trace.footer.dropped_scopes,
                .unmatched_frees = ledger.unmatched_frees(),
                .unmatched_roles = ledger.unmatched_roles(),
                .implied_frees = ledger.implied_frees(),
                .cut = trace.cut,
                .cut_reason = trace.cut_reason};
  if (trace.footer.simulated) {
    losses.data_dependent_reads = trace.footer.data_dependent_reads;
    losses.unimplemented_calls = trace.footer.unimplemented_calls;
  }
  return losses;
}

Overhead overhead_of(const Trace& trace, const std::vector<StepSummary>& steps) {
  const TraceFooter& footer = trace.footer;
  Overhead overhead;
  overhead.events = trace.events.size();
  if (footer.profiler_bytes > 0) overhead.profiler_bytes = footer.profiler_bytes;
  if (footer.hook_samples == 0) return overhead;

  overhead.ns_per_event = static_cast<double>(footer.hook_ns) / static_cast<double>(footer.hook_samples);
  double events = 0;
  double seconds = 0;
  for (const StepSummary& step : steps) {
    events += static_cast<double>(step.last_event - step.first_event + 1);
    seconds += step.seconds;
  }
  if (seconds > 0) overhead.step_time_share = *overhead.ns_per_event * 1e-9 * events / seconds;
  return overhead;
}

void count_what_crosses_the_session(const std::vector<Allocation>& allocations, Summary& summary) {
  for (const Allocation& a : allocations) {
    if (a.carried_in) {
      ++summary.carried_in_allocations;
      summary.carried_in_bytes += a.bytes;
    }
    if (a.died == kNever) summary.alive_at_end_bytes += a.bytes;
  }
}

/// Of a trace that ends in the middle of a step, the one before it tells more.
const StepSummary& last_with_recomputation(const Summary& summary) {
  const auto complete = std::find_if(summary.steps.rbegin(), summary.steps.rend(), [&](const StepSummary& step) {
    return std::any_of(summary.phases.begin(), summary.phases.end(),
                       [&](const PhaseSummary& p) { return p.phase == Phase::zero_grad && p.step == step.step; });
  });
  return complete == summary.steps.rend() ? summary.steps.back() : *complete;
}

}  // namespace

Analysis analyse(Trace trace) {
  Analysis analysis{.trace = std::move(trace), .allocations = {}, .deaths = {}, .summary = {}};
  const Trace& t = analysis.trace;
  Summary& summary = analysis.summary;

  const std::vector<EventIndex> marks = find_marks(t.events);
  const std::vector<PhaseSpan> phases = find_phases(t.events, marks);
  const std::vector<StepSpan> steps = find_steps(t.events, marks);

  Ledger ledger = replay(t.events, phases, steps);
  summary.losses = losses_of(t, ledger);
  summary.devices = ordered(ledger.devices());
  analysis.deaths = ledger.take_deaths();
  analysis.allocations = ledger.take_allocations();
  const DeviceTotals& device = summary.devices.front();
  const std::vector<Allocation>& allocations = analysis.allocations;
  categorise(t, phases, steps, analysis.allocations);

  const ScopePaths paths(t);
  Levels levels = measure(t, paths, allocations, analysis.deaths, device, phases, steps);
  summary.header = t.header;
  summary.footer = t.footer;
  summary.inferred = t.inferred;
  summary.parameters = count_parameters(t, allocations);
  summary.peak = std::move(levels.peak);
  summary.category_peaks = levels.category_peaks;
  summary.phases = std::move(levels.phases);
  summary.steps = told(t, marks, steps, std::move(levels.steps));
  summary.live_at_peak = live_set(t, paths, allocations, device, summary.peak.event);
  Attribution attribution = attribute(t, paths, allocations, device, summary.peak.event);
  summary.modules = std::move(attribution.modules);
  summary.operators = std::move(attribution.operators);
  summary.growth = find_growth(paths, allocations, device, steps);
  summary.out_of_memory = find_out_of_memory(t, paths, allocations, phases, steps);
  summary.model = compare_with_model(t, allocations, device, summary.steps, summary.phases);
  if (!summary.steps.empty())
    summary.recomputation =
        recomputation_in(last_with_recomputation(summary), summary.phases, allocations, device, paths);
  if (t.header.setup) summary.checkpointing_effect = checkpointing_effect(*t.header.setup);
  summary.attention_operators = attention_operators(t);
  summary.driver = driver_level(t, phases, steps, device);
  summary.allocator = replay_allocator(t, paths, allocations, device, summary);
  summary.ladder =
      device.device == DeviceType::cpu ? cpu_ladder(summary.peak.requested_bytes, t.footer) : cuda_ladder(summary);
  summary.overhead = overhead_of(t, summary.steps);
  count_what_crosses_the_session(allocations, summary);
  add_remedies(analysis);
  summary.warnings = warnings_about(summary);
  return analysis;
}

}  // namespace profile_train
