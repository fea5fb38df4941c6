#include "profiler/budget/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "profiler/budget/module_pattern.h"
#include "profiler/live_set.h"

namespace profile_train {
namespace {

/// Rounded up: a tolerance of 2 % of an odd number of bytes is no reason to fail by half a byte.
Amount resolve(const Threshold& threshold, const Budget& budget, const std::optional<Amount>& baseline) {
  if (!threshold.of_baseline) return threshold.amount;
  const double more = 1.0 + threshold.tolerance.value_or(budget.tolerance);
  return static_cast<Amount>(std::ceil(static_cast<double>(*baseline) * more - 1e-6));
}

bool refers_to_baseline(const Limit& limit) {
  return (limit.fail && limit.fail->of_baseline) || (limit.alert && limit.alert->of_baseline);
}

std::vector<Site> growing_sites(const Summary& summary) {
  std::vector<Site> sites;
  for (const GrowthRow& row : summary.growth) {
    Site site;
    site.op = row.op;
    site.module = row.module;
    site.category = row.category;
    site.phase = row.phase;
    site.count = row.steps;
    site.bytes = row.bytes_per_step;
    sites.push_back(std::move(site));
  }
  return sites;
}

using Suspects = std::set<Category>;

bool is_total(Measure measure) {
  return measure == Measure::requested || measure == Measure::allocated || measure == Measure::reserved ||
         measure == Measure::phase;
}

/// Of a total, the largest sites are the model itself. What a baseline did not have comes before them; without one,
/// what is of a category that is over its own limit.
std::vector<Site> sites_of(const LimitCheck& check, const Analysis& analysis, const Baseline* baseline,
                           const Suspects& suspects) {
  const std::vector<LiveAllocation> live = live_of(analysis, check.subject, check.figure);
  const auto before = baseline ? live_of(*baseline, check.subject) : std::nullopt;
  if (before) return as_sites(live, *before);
  std::vector<Site> sites = as_sites(live);
  if (is_total(check.subject.measure))
    std::stable_partition(sites.begin(), sites.end(),
                          [&](const Site& site) { return suspects.contains(site.category); });
  return sites;
}

void name_responsible(LimitCheck& check, const Analysis& analysis, const Baseline* baseline, const Suspects& suspects) {
  if (check.verdict != Verdict::exceeded && check.verdict != Verdict::alert) return;
  switch (check.subject.measure) {
    case Measure::residual:       // arithmetic that is off
    case Measure::fragmentation:  // bytes that nobody has
      return;
    case Measure::growth: check.responsible = growing_sites(analysis.summary); break;
    default: check.responsible = sites_of(check, analysis, baseline, suspects);
  }
  for (std::size_t i = kMostSites; i < check.responsible.size(); ++i) {
    check.more_allocations += check.responsible[i].count;
    check.more_bytes += check.responsible[i].bytes;
  }
  if (check.responsible.size() > kMostSites) check.responsible.resize(kMostSites);
}

Suspects categories_over_their_limits(const std::vector<LimitCheck>& checks) {
  Suspects suspects;
  for (const LimitCheck& check : checks)
    if (check.subject.measure == Measure::category && check.verdict == Verdict::exceeded)
      suspects.insert(check.subject.category);
  return suspects;
}

Verdict judge(const LimitCheck& check, const Budget& budget) {
  if (!check.figure.amount || (check.inferred && !budget.accepts_inferred)) return Verdict::not_measured;
  if (check.fail && *check.figure.amount > *check.fail) return Verdict::exceeded;
  if (check.alert && *check.figure.amount > *check.alert) return Verdict::alert;
  return Verdict::within;
}

Result<LimitCheck> judged(const Limit& limit, const Budget& budget, const Analysis& analysis,
                          const Baseline* baseline) {
  LimitCheck check;
  check.subject = limit.subject;
  check.figure = measure(analysis, limit.subject);
  check.inferred = check.figure.inferred;
  if (refers_to_baseline(limit)) {
    if (baseline == nullptr) return failure(fmt::format("{}: there is no baseline", limit.place));
    const Result<Amount> before = amount_of(*baseline, limit.subject);
    if (!before) return failure(fmt::format("{}: {}: {}", limit.place, key_of(limit.subject), before.error().message));
    check.baseline = *before;
    check.inferred =
        check.inferred || (!baseline->summary.inferred.empty() && rests_on_inference(limit.subject.measure));
  }
  const auto resolved = [&](const std::optional<Threshold>& threshold) -> std::optional<Amount> {
    if (!threshold) return std::nullopt;
    return resolve(*threshold, budget, check.baseline);
  };
  check.fail = resolved(limit.fail);
  check.alert = resolved(limit.alert);
  if (!check.alert && budget.alert && check.fail)
    check.alert = static_cast<Amount>(static_cast<double>(*check.fail) * *budget.alert);
  check.verdict = judge(check, budget);
  return check;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::within: return "within";
    case Verdict::alert: return "alert";
    case Verdict::exceeded: return "exceeded";
    case Verdict::not_measured: return "not measured";
  }
  return "";
}

Verdict BudgetCheck::verdict() const {
  if (count(Verdict::exceeded) > 0) return Verdict::exceeded;
  if (count(Verdict::not_measured) > 0 || !not_sound.empty()) return Verdict::not_measured;
  return count(Verdict::alert) > 0 ? Verdict::alert : Verdict::within;
}

std::int64_t BudgetCheck::count(Verdict verdict) const {
  return std::ranges::count(limits, verdict, &LimitCheck::verdict);
}

std::vector<LiveAllocation> live_of(const Analysis& analysis, const Subject& subject, const Figure& figure) {
  std::vector<LiveAllocation> live =
      live_set(analysis, figure.place ? figure.place->event : analysis.summary.peak.event);
  if (subject.measure == Measure::category)
    std::erase_if(live, [&](const LiveAllocation& a) { return a.category != subject.category; });
  if (subject.measure == Measure::modules)
    std::erase_if(live, [&](const LiveAllocation& a) { return !matches_module(subject.modules, a.module); });
  return live;
}

Result<LimitCheck> check_limit(const Limit& limit, const Budget& budget, const Analysis& analysis,
                               const Baseline* baseline) {
  auto check = judged(limit, budget, analysis, baseline);
  if (check) name_responsible(*check, analysis, baseline, {});
  return check;
}

Result<BudgetCheck> check_budget(const Budget& budget, const Analysis& analysis, const Baseline* baseline) {
  BudgetCheck result{.budget_file = budget.file,
                     .baseline_file = baseline ? baseline->file : "",
                     .run = analysis.summary.header,
                     .limits = {},
                     .not_sound = why_not_sound(analysis.summary),
                     .inferred = analysis.summary.inferred};
  for (const Limit& limit : budget.limits) {
    // Bytes without a category spoil limits on categories. Of an imported recording nobody judges those.
    if (limit.implied && !result.inferred.empty() && !budget.accepts_inferred) continue;
    auto check = judged(limit, budget, analysis, baseline);
    if (!check) return tl::unexpected(check.error());
    result.limits.push_back(std::move(*check));
  }
  const Suspects suspects = categories_over_their_limits(result.limits);
  for (LimitCheck& check : result.limits) name_responsible(check, analysis, baseline, suspects);
  return result;
}

}  // namespace profile_train
