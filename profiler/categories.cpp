#include "profiler/categories.h"

#include <cstddef>
#include <map>
#include <optional>
#include <tuple>

#include "profiler/logits.h"
#include "profiler/scope_evidence.h"
#include "profiler/weight_copies.h"

namespace profile_train {
namespace {

bool is_forward(Phase phase) { return phase == Phase::forward || phase == Phase::loss; }

std::optional<Category> by_role(Role role) {
  switch (role) {
    case Role::parameter:
    case Role::buffer: return Category::weights;
    case Role::gradient: return Category::gradients;
    case Role::optimizer_state: return Category::optimizer_state;
    case Role::input: return Category::inputs;
    case Role::workspace: return Category::workspace;
    case Role::none: break;
  }
  return std::nullopt;
}

/// For each span of forward or loss, the last event of the forward pass it belongs to: forward and loss in turn, until
/// another phase or another step begins.
std::vector<EventIndex> ends_of_forward(const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps) {
  std::vector<EventIndex> ends(phases.size(), 0);
  const PhaseSpan* next = nullptr;  // the next span that is not between phases
  EventIndex next_end = 0;
  for (std::size_t i = phases.size(); i-- > 0;) {
    const PhaseSpan& span = phases[i];
    if (span.phase == Phase::other) continue;
    const bool goes_on = next != nullptr && is_forward(span.phase) && is_forward(next->phase) &&
                         steps_begun(steps, span.first) == steps_begun(steps, next->first);
    ends[i] = goes_on ? next_end : span.last;
    next = &span;
    next_end = ends[i];
  }
  return ends;
}

class Rules {
 public:
  Rules(const Trace& trace, const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps,
        const std::vector<Allocation>& allocations)
      : events_(trace.events),
        phases_(phases),
        steps_(steps),
        failed_(!trace.footer.failure.empty()),
        told_(trace.inferred.empty()),
        describes_results_(trace.tensor_types.size() > 1),
        forward_ends_(ends_of_forward(phases, steps)),
        evidence_(trace),
        weight_copies_(trace, evidence_, allocations),
        logits_(trace, evidence_, allocations) {}

  /// `span`: index of the phase span in which the allocation was born.
  Category category(const Allocation& a, std::size_t span) const {
    if (const auto category = by_role(a.role)) return *category;
    if (a.carried_in) return Category::unknown;  // its birth, and with it all evidence, was before the session
    if (weight_copies_.matches(a)) return Category::weight_copies;
    if (logits_.matches(a)) return Category::logits;
    if (is_kernel_scratch(a) || is_library_workspace(a) || is_product_scratch(a)) return Category::workspace;
    return by_lifetime(a, span);
  }

 private:
  bool is_kernel_scratch(const Allocation& a) const {
    return evidence_.has(a.scope, Evidence::workspace) && a.died != kNever &&
           evidence_.has(events_[a.died].scope, Evidence::workspace);
  }

  /// Made at a library's first call in a thread and kept for all later ones: no operator returned it as a tensor, and
  /// it outlives the step it was born in. An import never has operators that say what they returned: that says nothing.
  bool is_library_workspace(const Allocation& a) const {
    return told_ && a.device != DeviceType::cpu && a.tensor_type == 0 && evidence_.has(a.scope, Evidence::library) &&
           (a.died == kNever || steps_begun(steps_, a.born) != steps_begun(steps_, a.died));
  }

  /// What the CPU's matrix library works in for half precision: no operator returned it, and it is gone when the
  /// product is.
  bool is_product_scratch(const Allocation& a) const {
    return describes_results_ && a.device == DeviceType::cpu && a.tensor_type == 0 &&
           evidence_.has(a.scope, Evidence::library) && a.died != kNever && events_[a.died].scope == a.scope;
  }

  Category by_lifetime(const Allocation& a, std::size_t span) const {
    const bool outlives_span = a.died > phases_[span].last;
    if (a.born_phase == Phase::data && outlives_span) return Category::inputs;
    if (a.born_phase == Phase::recompute) return outlives_span ? Category::activations : Category::temporary;
    if (is_forward(a.born_phase)) return a.died > forward_ends_[span] ? Category::activations : Category::temporary;
    if (!outlives_span) return Category::temporary;
    if (a.died != kNever && steps_begun(steps_, a.born) == steps_begun(steps_, a.died)) return Category::temporary;
    // A backward pass that failed lets go of what it held when its exception has been dealt with, after the session.
    const bool of_failed_step = failed_ && a.died == kNever && steps_begun(steps_, a.born) == steps_.size();
    return of_failed_step && a.born_phase == Phase::backward ? Category::temporary : Category::unknown;
  }

  const std::vector<Event>& events_;
  const std::vector<PhaseSpan>& phases_;
  const std::vector<StepSpan>& steps_;
  bool failed_;
  bool told_;  ///< what tensors are was recorded, not inferred
  bool describes_results_;
  std::vector<EventIndex> forward_ends_;
  ScopeEvidence evidence_;
  WeightCopyRule weight_copies_;
  LogitsRule logits_;
};

/// A program that was killed never said what its last step's storages would become. The same operator made the same
/// storages in the steps before, and it is known what became of those.
void judge_cut_step_by_earlier_ones(const StepSpan& cut_step, std::vector<Allocation>& allocations) {
  using Site = std::tuple<ScopeId, Phase, Bytes>;
  const auto site_of = [](const Allocation& a) { return Site{a.scope, a.born_phase, a.bytes}; };
  const auto is_open = [&](const Allocation& a) {
    return a.category == Category::unknown && a.born >= cut_step.first && a.died == kNever && !a.carried_in;
  };

  std::map<Site, Category> precedents;
  for (const Allocation& a : allocations)
    if (is_open(a)) precedents.emplace(site_of(a), Category::unknown);
  for (const Allocation& a : allocations) {
    if (a.born >= cut_step.first) break;  // in the order of birth
    if (const auto site = precedents.find(site_of(a)); site != precedents.end()) site->second = a.category;
  }
  for (Allocation& a : allocations)
    if (is_open(a)) a.category = precedents.at(site_of(a));
}

}  // namespace

void categorise(const Trace& trace, const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps,
                std::vector<Allocation>& allocations) {
  const Rules rules(trace, phases, steps, allocations);
  std::size_t span = 0;
  for (Allocation& a : allocations) {  // in the order of birth, so the spans go by once
    while (phases[span].last < a.born) ++span;
    a.category = rules.category(a, span);
  }
  if (trace.cut && !steps.empty() && !steps.back().complete) judge_cut_step_by_earlier_ones(steps.back(), allocations);
}

}  // namespace profile_train
