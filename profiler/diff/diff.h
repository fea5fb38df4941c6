#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/summary.h"

namespace profile_train {

/// A figure of two runs; none where a run does not have it.
struct FigurePair {
  std::string name;
  std::optional<Bytes> before;
  std::optional<Bytes> after;

  /// None: one of the runs does not have it, which is not the same as 0.
  std::optional<Bytes> change() const { return before && after ? std::optional(*after - *before) : std::nullopt; }
};

enum class SiteChange : std::uint8_t {
  same,
  grown,
  shrunk,
  appeared,  ///< "new"
  gone,
};
std::string_view to_string(SiteChange change);

/// Allocations that are live at the peak of one run or of both, and are the same thing in the program: matched by
/// operator, module path, shape and order, never by address. Blocks that do the same are one row.
struct SiteDiff {
  SiteChange change = SiteChange::same;
  std::string op;
  std::string op_before;  ///< if it was another one; else empty
  std::string module;     ///< a `*` stands for the numbers of several blocks
  std::string name;       ///< of the parameter, for weights, gradients and states
  Category category = Category::unknown;
  Phase phase = Phase::other;  ///< of birth
  std::string dtype;           ///< of the new one, of the old one if it is gone; empty: not known
  std::vector<std::int64_t> sizes;
  std::string dtype_before;  ///< if the type is another one; else empty
  std::vector<std::int64_t> sizes_before;
  std::int64_t count_before = 0;
  std::int64_t count_after = 0;
  Bytes bytes_before = 0;
  Bytes bytes_after = 0;

  Bytes bytes_changed() const { return bytes_after - bytes_before; }
};

/// One side of a comparison, in short.
struct DiffSide {
  std::string file;
  TraceHeader header;
  PeakInstant peak;
  std::size_t steps = 0;
  std::optional<double> seconds_per_step;  ///< median of the steps after the first; none: fewer than two
  std::vector<std::string> not_sound;      ///< why its figures may be wrong
  std::string inferred;                    ///< what nobody told and was inferred, in one sentence; empty if nothing
};

/// A setting that differs: "train.batch_size", "1", "2". Empty: not there.
struct SettingDiff {
  std::string key;
  std::string before;
  std::string after;
};

/// Two runs beside each other. Categories at the peak, modules and sites each sum to the change of the peak.
struct Diff {
  DiffSide before;
  DiffSide after;
  bool peak_moved = false;  ///< to another phase, operator or module
  std::vector<SettingDiff> settings;
  std::vector<FigurePair> peaks;           ///< requested, allocated, reserved
  std::vector<FigurePair> categories;      ///< at the peak
  std::vector<FigurePair> category_peaks;  ///< each at an instant of its own
  std::vector<FigurePair> phases;          ///< highest of each
  std::vector<FigurePair> modules;         ///< at the peak; largest change first
  std::vector<SiteDiff> sites;             ///< largest change first, then what is the same

  Bytes change() const { return after.peak.requested_bytes - before.peak.requested_bytes; }
};

/// Median of the steps after the first, which warms up; none if there are fewer than two.
std::optional<double> median_step_seconds(const std::vector<StepSummary>& steps);

/// Pure function; the summaries may come from other devices and other versions of LibTorch.
Diff compare(const Summary& before, const Summary& after);

}  // namespace profile_train
