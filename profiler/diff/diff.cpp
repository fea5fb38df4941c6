#include "profiler/diff/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "profiler/budget/figure.h"
#include "profiler/diff/sites.h"

namespace profile_train {

std::optional<double> median_step_seconds(const std::vector<StepSummary>& steps) {
  std::vector<double> seconds;
  for (std::size_t i = 1; i < steps.size(); ++i) seconds.push_back(steps[i].seconds);
  if (seconds.empty()) return std::nullopt;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::ranges::nth_element(seconds, middle);
  return *middle;
}

namespace {

DiffSide side_of(const Summary& summary) {
  return {.file = {},
          .header = summary.header,
          .peak = summary.peak,
          .steps = summary.steps.size(),
          .seconds_per_step = median_step_seconds(summary.steps),
          .not_sound = why_not_sound(summary),
          .inferred = summary.inferred};
}

/// "section.key" → value, of the plain YAML that traces carry: sections and, two blanks further in, their keys.
std::map<std::string, std::string> settings_of(const std::string& config_text) {
  std::map<std::string, std::string> settings;
  std::string section;
  std::istringstream lines(config_text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (line.empty() || line.front() == '#' || colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(' ');
    const std::string key = line.substr(begin, colon - begin);
    const auto value = line.find_first_not_of(' ', colon + 1);
    if (value == std::string::npos) {
      section = key;
    } else {
      settings[begin == 0 ? key : fmt::format("{}.{}", section, key)] = line.substr(value);
    }
  }
  return settings;
}

std::vector<SettingDiff> compare_settings(const TraceHeader& before, const TraceHeader& after) {
  std::map<std::string, SettingDiff> all;
  for (const auto& [key, value] : settings_of(before.config_text)) all[key].before = value;
  for (const auto& [key, value] : settings_of(after.config_text)) all[key].after = value;
  std::vector<SettingDiff> changed;
  const auto add = [&](std::string key, std::string old_value, std::string new_value) {
    if (old_value != new_value) changed.push_back({std::move(key), std::move(old_value), std::move(new_value)});
  };
  add("device of the run", before.device, after.device);
  add("LibTorch", before.libtorch_version, after.libtorch_version);
  for (const auto& [key, setting] : all)
    if (key != "device" || before.device == after.device) add(key, setting.before, setting.after);  // told already
  return changed;
}

std::vector<FigurePair> compare_measures(const Summary& before, const Summary& after,
                                         const std::vector<Subject>& subjects) {
  std::vector<FigurePair> pairs;
  for (const Subject& subject : subjects) {
    FigurePair pair{
        .name = key_of(subject), .before = measure(before, subject).amount, .after = measure(after, subject).amount};
    pair.name = pair.name.substr(pair.name.find('.') + 1);
    if (pair.before || pair.after) pairs.push_back(std::move(pair));
  }
  return pairs;
}

std::vector<Subject> category_subjects() {
  std::vector<Subject> subjects;
  for (std::size_t i = 0; i < kCategories; ++i)
    subjects.push_back({.measure = Measure::category, .category = category_at(i)});
  return subjects;
}

std::vector<Subject> phase_subjects() {
  std::vector<Subject> subjects;
  for (int i = 0; i < kPhases; ++i) subjects.push_back({.measure = Measure::phase, .phase = static_cast<Phase>(i)});
  return subjects;
}

std::vector<FigurePair> compare_categories(const BytesByCategory& before, const BytesByCategory& after) {
  std::vector<FigurePair> pairs;
  for (std::size_t i = 0; i < kCategories; ++i)
    pairs.push_back({.name = std::string(key_of(category_at(i))), .before = before[i], .after = after[i]});
  return pairs;
}

std::vector<FigurePair> compare_modules(const std::vector<LiveAllocation>& before,
                                        const std::vector<LiveAllocation>& after) {
  struct Held {
    Bytes before = 0;
    Bytes after = 0;
  };
  std::map<std::string, Held> rows;
  for (const LiveAllocation& live : before) rows[live.module].before += live.bytes;
  for (const LiveAllocation& live : after) rows[live.module].after += live.bytes;
  std::vector<FigurePair> pairs;
  for (const auto& [module, held] : rows)
    pairs.push_back({.name = module.empty() ? "(none)" : module, .before = held.before, .after = held.after});
  std::ranges::stable_sort(
      pairs, [](const FigurePair& a, const FigurePair& b) { return std::abs(*a.change()) > std::abs(*b.change()); });
  return pairs;
}

}  // namespace

Diff compare(const Summary& before, const Summary& after) {
  Diff diff;
  diff.before = side_of(before);
  diff.after = side_of(after);
  const PeakInstant& a = before.peak;
  const PeakInstant& b = after.peak;
  diff.peak_moved = a.phase != b.phase || a.op != b.op || a.module != b.module;
  diff.settings = compare_settings(before.header, after.header);
  diff.peaks = compare_measures(
      before, after,
      {{.measure = Measure::requested}, {.measure = Measure::allocated}, {.measure = Measure::reserved}});
  diff.categories = compare_categories(a.by_category, b.by_category);
  diff.category_peaks = compare_measures(before, after, category_subjects());
  diff.phases = compare_measures(before, after, phase_subjects());
  diff.modules = compare_modules(before.live_at_peak, after.live_at_peak);
  diff.sites = match_sites(before.live_at_peak, after.live_at_peak);
  return diff;
}

}  // namespace profile_train
