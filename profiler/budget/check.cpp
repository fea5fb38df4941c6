#include "profiler/budget/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

void name_responsible(LimitCheck& check, const Analysis& analysis, const Baseline* baseline) {
  if (check.subject.measure == Measure::residual) return;  // arithmetic that is off, not an allocation
  if (check.subject.measure == Measure::growth) {
    check.responsible = growing_sites(analysis.summary);
  } else {
    const std::vector<LiveAllocation> live = live_of(analysis, check.subject, check.figure);
    const auto before = baseline ? live_of(*baseline, check.subject) : std::nullopt;
    check.responsible = before ? as_sites(live, *before) : as_sites(live);
  }
  for (std::size_t i = kMostSites; i < check.responsible.size(); ++i) {
    check.more_allocations += check.responsible[i].count;
    check.more_bytes += check.responsible[i].bytes;
  }
  if (check.responsible.size() > kMostSites) check.responsible.resize(kMostSites);
}

Verdict judge(const LimitCheck& check) {
  if (!check.figure.amount) return Verdict::not_measured;
  if (check.fail && *check.figure.amount > *check.fail) return Verdict::exceeded;
  if (check.alert && *check.figure.amount > *check.alert) return Verdict::alert;
  return Verdict::within;
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
  // What lies between requested and reserved is nobody's: what is live at the peak is the best there is to name.
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
  LimitCheck check;
  check.subject = limit.subject;
  check.figure = measure(analysis, limit.subject);
  if (refers_to_baseline(limit)) {
    if (baseline == nullptr) return failure(fmt::format("{}: there is no baseline", limit.place));
    const Result<Amount> before = amount_of(*baseline, limit.subject);
    if (!before) return failure(fmt::format("{}: {}: {}", limit.place, key_of(limit.subject), before.error().message));
    check.baseline = *before;
  }
  const auto resolved = [&](const std::optional<Threshold>& threshold) -> std::optional<Amount> {
    if (!threshold) return std::nullopt;
    return resolve(*threshold, budget, check.baseline);
  };
  check.fail = resolved(limit.fail);
  check.alert = resolved(limit.alert);
  if (!check.alert && budget.alert && check.fail)
    check.alert = static_cast<Amount>(static_cast<double>(*check.fail) * *budget.alert);
  check.verdict = judge(check);
  if (check.verdict == Verdict::exceeded || check.verdict == Verdict::alert)
    name_responsible(check, analysis, baseline);
  return check;
}

Result<BudgetCheck> check_budget(const Budget& budget, const Analysis& analysis, const Baseline* baseline) {
  BudgetCheck result{.budget_file = budget.file,
                     .baseline_file = baseline ? baseline->file : "",
                     .run = analysis.summary.header,
                     .limits = {},
                     .not_sound = why_not_sound(analysis.summary)};
  for (const Limit& limit : budget.limits) {
    auto check = check_limit(limit, budget, analysis, baseline);
    if (!check) return tl::unexpected(check.error());
    result.limits.push_back(std::move(*check));
  }
  return result;
}

}  // namespace profile_train
