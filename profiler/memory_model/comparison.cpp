#include "profiler/memory_model/comparison.h"

#include <algorithm>
#include <optional>
#include <set>

#include "profiler/changes.h"
#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/instant_rows.h"
#include "profiler/metric_names.h"
#include "profiler/scope_evidence.h"
#include "profiler/scope_path.h"

namespace profile_train {
namespace {

constexpr std::int32_t kFirst = 1;
constexpr std::int32_t kSteady = 2;

/// The allocations of the device the model speaks of, looked at in the model's terms.
class Observation {
 public:
  Observation(const Trace& trace, const std::vector<Allocation>& allocations, const DeviceTotals& device)
      : setup_(*trace.header.setup), paths_(trace), evidence_(trace), allocations_(allocations), device_(device) {}

  ObservedInstant at_event(EventIndex event, Phase phase) const {
    ObservedInstant instant;
    instant.phase = phase;
    for (const Allocation& a : allocations_) {
      if (a.born > event) break;
      if (!a.alive_at(event) || !is_on(a, device_)) continue;
      instant.bytes += a.bytes;
      at(instant.terms, term_of(birth_of(a), setup_)) += a.bytes;
    }
    return instant;
  }

  /// Most logits bytes within these stretches; of several such instants the one with most bytes in all.
  std::optional<ObservedInstant> spike(const std::vector<PhaseSummary>& stretches) const {
    std::vector<std::pair<EventIndex, Bytes>> changes;
    for (const Allocation& a : allocations_) {
      if (a.category != Category::logits || !is_on(a, device_)) continue;
      changes.emplace_back(a.born, a.bytes);
      if (a.died != kNever) changes.emplace_back(a.died, -a.bytes);
    }
    std::sort(changes.begin(), changes.end());
    std::optional<ObservedInstant> found;
    Bytes logits_bytes = 0;
    Bytes most_logits = 0;
    for (const auto& [event, change] : changes) {
      logits_bytes += change;
      const bool within = std::any_of(stretches.begin(), stretches.end(), [event = event](const PhaseSummary& s) {
        return s.first_event <= event && event <= s.last_event;
      });
      if (!within || change < 0 || logits_bytes < most_logits) continue;
      ObservedInstant candidate = at_event(event, Phase::backward);
      if (logits_bytes == most_logits && found && candidate.bytes <= found->bytes) continue;
      most_logits = logits_bytes;
      found = candidate;
    }
    return found;
  }

 private:
  Birth birth_of(const Allocation& a) const {
    // In a trace that was cut nobody told of workspaces; their category was found by their place.
    const bool is_workspace = a.category == Category::workspace && a.role == Role::none;
    const bool of_library = is_workspace && a.device != DeviceType::cpu && evidence_.has(a.scope, Evidence::library);
    // oneDNN wants the factors of a product to lie without gaps; others multiply them as they lie.
    const bool copied_for_library = a.device == DeviceType::cpu && evidence_.has(a.scope, Evidence::library) &&
                                    evidence_.has(a.scope, Evidence::copy);
    return {.role = of_library ? Role::workspace : a.role,
            .phase = a.born_phase,
            .carried_in = a.carried_in,
            .is_logits = a.category == Category::logits,
            .is_weight_copy = a.category == Category::weight_copies,
            .is_cast = evidence_.has(a.scope, Evidence::cast),
            .is_library_scratch = copied_for_library || (is_workspace && !of_library && a.tensor_type == 0),
            .module = paths_.module(a.scope),
            .op = a.born_phase == Phase::recompute ? paths_.inner_op(a.scope) : paths_.op(a.scope),
            .bytes = a.bytes};
  }

  const TrainingSetup& setup_;
  ScopePaths paths_;
  ScopeEvidence evidence_;
  const std::vector<Allocation>& allocations_;
  const DeviceTotals& device_;
};

std::vector<PhaseSummary> backward_of(const std::vector<PhaseSummary>& phases, std::int32_t step) {
  std::vector<PhaseSummary> found;
  std::copy_if(phases.begin(), phases.end(), std::back_inserter(found),
               [step](const PhaseSummary& p) { return p.phase == Phase::backward && p.step == step; });
  return found;
}

/// Steps that got as far as their last phase. A trace may end in the middle of one.
std::vector<const StepSummary*> complete_steps(const Trace& trace, const std::vector<StepSummary>& steps,
                                               const std::vector<PhaseSummary>& phases) {
  const bool trains = trace.header.setup->task == Task::training;
  const Phase last_phase = trains ? Phase::zero_grad : Phase::forward;
  std::vector<const StepSummary*> complete;
  for (const StepSummary& step : steps) {
    const bool got_there = std::any_of(phases.begin(), phases.end(), [&](const PhaseSummary& p) {
      return p.phase == last_phase && p.step == step.step;
    });
    const bool cut_in_forward = !trains && trace.cut && &step == &steps.back();
    if (got_there && !cut_in_forward) complete.push_back(&step);
  }
  return complete;
}

/// Steps whose update a loss scaler left out, as the program told.
std::set<std::int32_t> steps_without_update(const Trace& trace, const std::vector<StepSummary>& steps) {
  std::set<std::int32_t> without;
  if (!trace.header.setup->loss_scaled) return without;
  auto step = steps.begin();
  for (EventIndex i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.kind != EventKind::metric || trace.names[event.name] != kUpdateSkippedMetric) continue;
    while (step != steps.end() && step->last_event < i) ++step;
    if (step != steps.end()) without.insert(step->step);
  }
  return without;
}

/// The program predicted up to a step: whether that step made its update, and whether any before it had.
symbolic::SkippedUpdates skipped_up_to(const StepSummary& step, const std::vector<StepSummary>& steps,
                                       const std::set<std::int32_t>& without_update) {
  if (step.step <= kFirst) return {.first = without_update.contains(step.step)};
  const auto made = [&](const StepSummary& s) { return s.step < step.step && !without_update.contains(s.step); };
  const bool knows_beginning = !steps.empty() && steps.front().step == kFirst;
  return {.first = knows_beginning && std::none_of(steps.begin(), steps.end(), made),
          .later = without_update.contains(step.step)};
}

}  // namespace

ModelComparison compare_with_model(const Trace& trace, const std::vector<Allocation>& allocations,
                                   const DeviceTotals& device, const std::vector<StepSummary>& steps,
                                   const std::vector<PhaseSummary>& phases) {
  ModelComparison comparison;
  if (!trace.header.setup) {
    comparison.why_not = "the program did not say what it trains: pass a TrainingSetup to the session";
    return comparison;
  }
  const TrainingSetup& setup = *trace.header.setup;
  comparison.why_not = why_not_covered(setup);
  if (!comparison.why_not.empty()) return comparison;
  if (setup.on_cuda() != (device.device == DeviceType::cuda)) {
    comparison.why_not = "the trace has no memory of the device that trained";
    return comparison;
  }
  const std::vector<const StepSummary*> complete = complete_steps(trace, steps, phases);
  if (complete.empty()) {
    comparison.why_not =
        setup.task == Task::training ? "the trace holds no complete training step" : "the trace holds no complete step";
    return comparison;
  }

  const Observation observation(trace, allocations, device);
  const std::set<std::int32_t> without_update = steps_without_update(trace, steps);
  const StepSummary& last = *complete.back();
  const symbolic::SkippedUpdates skipped = skipped_up_to(last, steps, without_update);
  const PredictedInstants predicted(setup, skipped);
  const auto peak_of = [&](const StepSummary& step, const PredictedInstants& instants) {
    const bool steady = step.step > kFirst;
    return rows_of(setup, corrected_peak(setup, steady && !skipped.first), instants.peak(steady ? kSteady : kFirst),
                   observation.at_event(step.peak.event, step.peak.phase), step.step);
  };
  const auto compare_first_step = [&] {
    const StepSummary& first = *complete.front();
    if (first.step != kFirst) return;
    const symbolic::SkippedUpdates then = skipped_up_to(first, steps, without_update);
    comparison.first_step_peak =
        peak_of(first, then.first == skipped.first ? predicted : PredictedInstants(setup, then));
  };
  const bool steady = last.step > kFirst;
  if (setup.task == Task::inference) {  // nothing is kept for a backward pass whose beginning could be compared
    comparison.peak = peak_of(last, predicted);
    comparison.terms = comparison.peak.terms;
    compare_first_step();
    return comparison;
  }
  comparison.spike =
      rows_of(setup, corrected_at(Instant::logits_spike, setup, steady && !skipped.first),
              predicted.spike(steady ? kSteady : kFirst), observation.spike(backward_of(phases, last.step)), last.step);
  comparison.terms = comparison.spike.terms;
  comparison.peak = peak_of(last, predicted);
  compare_first_step();
  return comparison;
}

}  // namespace profile_train
