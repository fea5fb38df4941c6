#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/budget/baseline.h"
#include "profiler/budget/budget.h"
#include "profiler/budget/figure.h"
#include "profiler/budget/site.h"
#include "profiler/result.h"

namespace profile_train {

/// A figure that rests on what was inferred is not measured either, unless the budget accepts it: it has an amount all
/// the same.
enum class Verdict : std::uint8_t { within, alert, exceeded, not_measured };

std::string_view to_string(Verdict verdict);  ///< "within", "alert", "exceeded", "not measured"

/// One limit beside what the run had.
struct LimitCheck {
  Subject subject;
  Figure figure;
  std::optional<Amount> fail;
  std::optional<Amount> alert;
  std::optional<Amount> baseline;
  Verdict verdict = Verdict::within;
  bool inferred = false;  ///< the figure, or what the baseline had of it, rests on what nobody recorded
  /// What held the bytes where the figure was highest, if it is over a threshold: most responsible first.
  std::vector<Site> responsible;
  std::int64_t more_allocations = 0;  ///< that are not listed
  Bytes more_bytes = 0;
};

/// A budget beside a run. Plain values.
struct BudgetCheck {
  std::string budget_file;
  std::string baseline_file;  ///< empty: none
  TraceHeader run;
  std::vector<LimitCheck> limits;
  std::vector<std::string> not_sound;  ///< why no figure of this trace can be trusted; empty: they can
  std::string inferred;                ///< what nobody told and was inferred, in one sentence; empty if nothing

  /// Exceeded if any limit is; else not measured, if something could not be or the trace is not sound: such a run
  /// never passes.
  Verdict verdict() const;
  std::int64_t count(Verdict verdict) const;
};

/// Sites that a limit lists at most.
inline constexpr std::size_t kMostSites = 10;

/// One limit; `baseline` may be null if no threshold refers to it.
Result<LimitCheck> check_limit(const Limit& limit, const Budget& budget, const Analysis& analysis,
                               const Baseline* baseline);

/// All limits of a budget. An error means that the budget asks the baseline for what it does not have.
Result<BudgetCheck> check_budget(const Budget& budget, const Analysis& analysis, const Baseline* baseline);

/// What held the bytes of a subject where it was highest.
std::vector<LiveAllocation> live_of(const Analysis& analysis, const Subject& subject, const Figure& figure);

}  // namespace profile_train
