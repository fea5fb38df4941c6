#include "simulator/measured_sizes.h"

#include <utility>

#include "simulator/message.h"

namespace profile_train::simulator {

MeasuredSizes::MeasuredSizes(Calibration calibration, std::string card, bool log_missing, Coverage& coverage)
    : calibration_(std::move(calibration)), card_(std::move(card)), log_missing_(log_missing), coverage_(coverage) {}

std::optional<std::uint64_t> MeasuredSizes::find(CalibrationKey key) const {
  key.card = card_;
  return calibration_.lookup(key);
}

void MeasuredSizes::log(const CalibrationKey& key) {
  std::string line = fmt::format("{}\t{}\t{}\t{}\t{}\t{}\tBYTES", key.card, key.library, key.version, key.operation,
                                 key.dtype, key.shape);
  const std::lock_guard lock(mutex_);
  if (const auto [entry, is_new] = logged_.insert(std::move(line)); is_new) say("calibration lacks: {}", *entry);
}

std::uint64_t MeasuredSizes::bytes(CalibrationKey key, std::string_view what, TakenBy taken_by) {
  key.card = card_;
  if (const auto known = calibration_.lookup(key)) return *known;

  if (log_missing_) log(key);
  std::string missing{what};
  if (key.dtype != "-") missing += fmt::format(", {}", key.dtype);
  if (key.shape != "-") {
    const std::lock_guard lock(mutex_);
    const std::string& example = first_missing_.try_emplace(missing, key.shape).first->second;
    missing += fmt::format(", such as {}", example);
  }
  missing += fmt::format(" (no entry for {}, {} {})", key.card, key.library, key.version);
  coverage_.not_included(missing, taken_by);
  return 0;
}

}  // namespace profile_train::simulator
