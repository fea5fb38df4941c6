#include "profiler/budget/proposal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "profiler/budget/figure.h"

namespace profile_train {
namespace {

/// In the order of the file.
std::vector<Subject> all_subjects() {
  std::vector<Subject> subjects;
  for (const Measure measure : {Measure::requested, Measure::allocated, Measure::reserved})
    subjects.push_back({.measure = measure});
  for (std::size_t i = 0; i < kCategories; ++i)
    subjects.push_back({.measure = Measure::category, .category = category_at(i)});
  for (int i = 0; i < kPhases; ++i) subjects.push_back({.measure = Measure::phase, .phase = static_cast<Phase>(i)});
  for (const Measure measure : {Measure::growth, Measure::fragmentation, Measure::residual})
    subjects.push_back({.measure = measure});
  return subjects;
}

/// Phases that a training step is made of: what lies around them says nothing of the training.
bool is_worth_a_limit(const Subject& subject) {
  if (subject.measure != Measure::phase) return true;
  return subject.phase != Phase::other && subject.phase != Phase::data && subject.phase != Phase::zero_grad;
}

}  // namespace

Result<Budget> propose_budget(const Analysis& analysis, double headroom, Inferred inferred) {
  if (const auto reasons = why_not_sound(analysis.summary); !reasons.empty())
    return failure(fmt::format("this run is no measure for others: {}", fmt::join(reasons, "; ")));
  Budget budget;
  // Half of the headroom used up is worth a word.
  if (headroom > 0.0) budget.alert = (1.0 + headroom / 2.0) / (1.0 + headroom);
  for (const Subject& subject : all_subjects()) {
    if (!is_worth_a_limit(subject)) continue;
    const Figure figure = measure(analysis, subject);
    if (!figure.amount || (figure.inferred && inferred == Inferred::left_out)) continue;
    budget.accepts_inferred = budget.accepts_inferred || figure.inferred;
    const double most = std::ceil(static_cast<double>(*figure.amount) * (1.0 + headroom) - 1e-6);
    budget.limits.push_back(
        {.subject = subject,
         .fail = Threshold{.of_baseline = false, .amount = static_cast<Amount>(most), .tolerance = {}},
         .alert = std::nullopt,
         .place = {}});
  }
  return budget;
}

}  // namespace profile_train
