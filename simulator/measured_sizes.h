#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "simulator/calibration.h"
#include "simulator/coverage.h"

namespace profile_train::simulator {

/// Sizes that only hardware knows: from the calibration, or not included in the figures, and then the summary says so.
/// Thread-safe.
class MeasuredSizes {
 public:
  /// `log_missing`: also name each missing entry on stderr, once, as the line that the calibration file would need.
  MeasuredSizes(Calibration calibration, std::string card, bool log_missing, Coverage& coverage);

  /// None if there is no entry. `key.card` is filled in here.
  std::optional<std::uint64_t> find(CalibrationKey key) const;

  /// The same, for what is about to be used: 0 if there is no entry, and the summary says so. `what` is a sentence's
  /// subject, "workspace of cuDNN's fused attention".
  std::uint64_t bytes(CalibrationKey key, std::string_view what, TakenBy taken_by = TakenBy::program);

 private:
  void log(const CalibrationKey& key);

  const Calibration calibration_;
  const std::string card_;
  const bool log_missing_;
  Coverage& coverage_;
  std::mutex mutex_;
  /// The first shape that was missing: a network has a hundred convolutions, and one sentence is to stand for all.
  std::unordered_map<std::string, std::string> first_missing_;
  std::unordered_set<std::string> logged_;
};

}  // namespace profile_train::simulator
