#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "profiler/category.h"
#include "profiler/event.h"

namespace profile_train {

/// What a limit can be set on.
enum class Measure : std::uint8_t {
  requested,      ///< highest requested bytes
  allocated,      ///< highest bytes in blocks of the caching allocator
  reserved,       ///< highest bytes that the caching allocator took from the driver
  category,       ///< the most one category ever held, at an instant of its own
  phase,          ///< the most that was requested while a phase ran
  modules,        ///< the most that allocations of some modules held together
  growth,         ///< bytes that each step leaves behind
  fragmentation,  ///< share of the reserved bytes that is free but stuck: something beside it is in use
  residual,       ///< largest difference from the exact model, whatever its sign
};

/// A measure and, where there are several of its kind, which one.
struct Subject {
  Measure measure = Measure::requested;
  Category category = Category::unknown;
  Phase phase = Phase::other;
  std::string modules;  ///< pattern, see module_pattern.h
  friend bool operator==(const Subject&, const Subject&) = default;
};

/// An amount of a subject: bytes, or hundredths of a percent of what is a share.
using Amount = std::int64_t;

inline bool is_share(Measure measure) { return measure == Measure::fragmentation; }

/// The key in a budget file, with dots: "peak.requested", "categories.logits", "modules.transformer.h.*".
std::string key_of(const Subject& subject);

/// An amount as it stands, or what a baseline had and a part of that more.
struct Threshold {
  bool of_baseline = false;
  Amount amount = 0;                ///< if not of a baseline
  std::optional<double> tolerance;  ///< of a baseline: 0.02 allows 2 % more; none: the budget's own
  friend bool operator==(const Threshold&, const Threshold&) = default;
};

/// One limit. What lies above `alert` is told, what lies above `fail` fails; the threshold itself is still within.
struct Limit {
  Subject subject;
  std::optional<Threshold> fail;
  std::optional<Threshold> alert;
  std::string place;     ///< "budgets.yaml:7", for messages
  bool implied = false;  ///< the file does not have it: on unknown bytes
};

/// Limits on one run. Plain data; read_budget() has checked it.
struct Budget {
  std::string file;                ///< for people
  std::filesystem::path baseline;  ///< report.json or a trace of an earlier run; empty: none
  double tolerance = 0.0;          ///< above the baseline, where a threshold does not say
  std::optional<double> alert;     ///< part of `fail` from where on limits alert that do not say; none: never
  bool accepts_inferred = false;   ///< figures that rest on what was inferred are judged like others
  std::vector<Limit> limits;       ///< one of them on unknown bytes, always
};

}  // namespace profile_train
