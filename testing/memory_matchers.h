#pragma once

// Memory budgets in test code, for GoogleTest:
//
//     using namespace profile_train::testing;
//     const auto trace = profile_train::analyse(profile_train::read_trace("trace.ptrace").value());
//     EXPECT_THAT(trace, PeaksBelow(GiB(2.5)));
//     EXPECT_THAT(trace, CategoryPeaksBelow(Category::logits, MiB(200)));
//     EXPECT_THAT(trace, DoesNotGrow());
//
// Matchers take an Analysis, a Trace, or the path of a trace file. One Analysis for several expectations saves making
// it again. A trace with losses, or cut short, matches none of them: nobody can say what it would have been.

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "profiler/analysis.h"
#include "profiler/budget/check.h"
#include "profiler/trace_reader.h"
#include "reports/budget/words.h"
#include "reports/format.h"

namespace profile_train {

/// What a failed expectation prints of what it was given.
inline void PrintTo(const Analysis& analysis, std::ostream* out) {
  *out << "a trace of " << reports::run_name(analysis.summary.header) << " with "
       << reports::format_count(static_cast<std::uint64_t>(analysis.trace.events.size())) << " events and a peak of "
       << reports::format_exact_bytes(analysis.summary.peak.requested_bytes);
}
inline void PrintTo(const Trace& trace, std::ostream* out) {
  *out << "a trace of " << reports::run_name(trace.header) << " with "
       << reports::format_count(static_cast<std::uint64_t>(trace.events.size())) << " events";
}

}  // namespace profile_train

namespace profile_train::testing {

/// Sizes, binary and decimal; rounded to bytes.
inline Bytes KiB(double n) { return std::llround(n * 1024.0); }
inline Bytes MiB(double n) { return std::llround(n * 1048576.0); }
inline Bytes GiB(double n) { return std::llround(n * 1073741824.0); }
inline Bytes MB(double n) { return std::llround(n * 1e6); }
inline Bytes GB(double n) { return std::llround(n * 1e9); }

/// What every matcher here is: it judges an analysis, once it has one that can be judged.
class MemoryMatcher {
 public:
  using is_gtest_matcher = void;
  using Judge = std::function<bool(const Analysis&, ::testing::MatchResultListener*)>;

  MemoryMatcher(Judge judge, std::string wanted) : judge_(std::move(judge)), wanted_(std::move(wanted)) {}

  bool MatchAndExplain(const Analysis& analysis, ::testing::MatchResultListener* listener) const {
    const auto reasons = why_not_sound(analysis.summary);
    if (reasons.empty()) return judge_(analysis, listener);
    *listener << "which cannot be judged: " << reasons.front();
    return false;
  }
  bool MatchAndExplain(const Trace& trace, ::testing::MatchResultListener* listener) const {
    return MatchAndExplain(analyse(trace), listener);
  }
  bool MatchAndExplain(const std::filesystem::path& file, ::testing::MatchResultListener* listener) const {
    auto trace = read_trace(file);
    if (trace) return MatchAndExplain(analyse(std::move(*trace)), listener);
    *listener << "which cannot be read: " << trace.error().message;
    return false;
  }

  void DescribeTo(std::ostream* out) const { *out << wanted_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "not: " << wanted_; }

 private:
  Judge judge_;
  std::string wanted_;
};

namespace internal {

/// At most so much of a subject: the same evaluation, and the same words, as `profile-train check`.
inline MemoryMatcher at_most(Subject subject, Amount most, std::string wanted) {
  Limit limit;
  limit.subject = std::move(subject);
  limit.fail = Threshold{.of_baseline = false, .amount = most, .tolerance = {}};
  const auto judge = [limit](const Analysis& analysis, ::testing::MatchResultListener* listener) {
    const LimitCheck check = check_limit(limit, Budget{}, analysis, nullptr).value();  // no baseline, so no error
    *listener << "whose " << key_of(limit.subject) << " is " << reports::explain(check);
    return check.verdict == Verdict::within;
  };
  return {judge, std::move(wanted)};
}

/// Below means below: the limit itself is not.
inline MemoryMatcher below(const Subject& subject, Bytes limit) {
  return at_most(subject, limit - 1,
                 "has a " + key_of(subject) + " below " + reports::format_exact_amount(limit, subject.measure));
}

}  // namespace internal

/// Highest requested bytes.
inline MemoryMatcher PeaksBelow(Bytes limit) { return internal::below({.measure = Measure::requested}, limit); }

/// Highest bytes in blocks of the caching allocator, and highest it took from the driver; on a card only.
inline MemoryMatcher AllocatedPeaksBelow(Bytes limit) {
  return internal::below({.measure = Measure::allocated}, limit);
}
inline MemoryMatcher ReservedPeaksBelow(Bytes limit) { return internal::below({.measure = Measure::reserved}, limit); }

/// The most one category ever held.
inline MemoryMatcher CategoryPeaksBelow(Category category, Bytes limit) {
  return internal::below({.measure = Measure::category, .category = category}, limit);
}

/// The most that was requested while a phase ran.
inline MemoryMatcher PhasePeaksBelow(Phase phase, Bytes limit) {
  return internal::below({.measure = Measure::phase, .phase = phase}, limit);
}

/// The most that allocations of some modules held together; patterns as in a budget: "transformer.h.*.attn".
inline MemoryMatcher ModulesPeakBelow(std::string pattern, Bytes limit) {
  return internal::below({.measure = Measure::modules, .modules = std::move(pattern)}, limit);
}

/// Every byte, at every instant, has a category.
inline MemoryMatcher HasNoUnknownBytes() {
  return internal::at_most({.measure = Measure::category, .category = Category::unknown}, 0, "has no unknown bytes");
}

/// No step leaves more behind than the one before. Needs four steps.
inline MemoryMatcher DoesNotGrow() {
  return internal::at_most({.measure = Measure::growth}, 0, "does not grow from step to step");
}

/// The exact memory model predicts its peaks, to `within` bytes. Not matched by a run that the model does not cover.
inline MemoryMatcher AgreesWithTheModel(Bytes within = 0) {
  return internal::at_most({.measure = Measure::residual}, within,
                           "is what the memory model predicts, to " + reports::format_exact_bytes(within));
}

/// The categories sum to the total at the peak and at that of each step, with 0 bytes left over.
inline MemoryMatcher ClosesToTheByte() {
  const auto judge = [](const Analysis& analysis, ::testing::MatchResultListener* listener) {
    const Summary& summary = analysis.summary;
    const PeakInstant* open = summary.peak.residual_bytes == 0 ? nullptr : &summary.peak;
    for (const StepSummary& step : summary.steps)
      if (open == nullptr && step.peak.residual_bytes != 0) open = &step.peak;
    if (open != nullptr)
      *listener << "whose categories miss the total of step " << open->step << " by "
                << reports::format_exact_bytes(open->residual_bytes);
    return open == nullptr;
  };
  return {judge, "has categories that sum to its total with 0 bytes left over"};
}

}  // namespace profile_train::testing
