#include "reports/diff/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "reports/budget/words.h"
#include "reports/format.h"

namespace profile_train::reports {

std::string told_name(const FigurePair& pair, Names names) {
  std::string name = pair.name;
  if (names == Names::keys) std::ranges::replace(name, '_', ' ');
  return name;
}

std::string format_change(Bytes change) {
  if (change == 0) return format_exact_bytes(0);
  return fmt::format("{}{}", change > 0 ? "+" : "", format_exact_bytes(change));
}

std::string change_share(const FigurePair& pair) {
  if (!pair.before || !pair.after) return pair.before ? "old only" : "new only";
  const Bytes before = *pair.before;
  const Bytes after = *pair.after;
  if (before == after) return {};
  if (before == 0) return "new";
  if (after == 0) return "gone";
  constexpr int kManyTimes = 10;  // from there on percentages are hard to read
  if (after >= kManyTimes * before)
    return fmt::format("× {}", format_number(static_cast<double>(after) / static_cast<double>(before), 0));
  const double percent = 100.0 * static_cast<double>(after - before) / static_cast<double>(before);
  return fmt::format("{}{} %", percent > 0 ? "+" : "", format_number(percent, 1));
}

std::string step_seconds(const Diff& diff) {
  if (!diff.before.seconds_per_step || !diff.after.seconds_per_step) return {};
  const auto is_simulated = [](const DiffSide& side) { return side.header.device.starts_with("sim:"); };
  const bool both = is_simulated(diff.before) && is_simulated(diff.after);
  const auto told = [&](const DiffSide& side) {
    return format_seconds(*side.seconds_per_step) + (is_simulated(side) && !both ? " (host only)" : "");
  };
  return fmt::format("{} → {} a step{}", told(diff.before), told(diff.after),
                     both ? ", of the host only: the cards are simulated" : "");
}

std::string side_name(const DiffSide& side) {
  std::string name = run_name(side.header);
  if (!side.file.empty()) name = fmt::format("{}: {}", side.file, name);
  if (!side.header.libtorch_version.empty()) name += fmt::format(", LibTorch {}", side.header.libtorch_version);
  return name;
}

std::string peak_place(const PeakInstant& peak) {
  std::vector<std::string> parts;
  if (peak.step > 0) parts.push_back(fmt::format("step {}", peak.step));
  parts.emplace_back(to_string(peak.phase));
  if (!peak.op.empty()) parts.push_back(peak.op);
  std::string place = fmt::format("{}", fmt::join(parts, ", "));
  if (!peak.module.empty()) place += fmt::format(" in {}", peak.module);
  return place;
}

std::string with_inferred(std::string_view aside, const Diff& diff) {
  const bool before = !diff.before.inferred.empty();
  const bool after = !diff.after.inferred.empty();
  if (!before && !after) return std::string(aside);
  return fmt::format("{}; inferred of {}", aside,
                     before && after ? "both runs"
                     : before        ? "the old run"
                                     : "the new run");
}

std::string unlike_sides(const Diff& diff) {
  if (diff.before.inferred.empty() == diff.after.inferred.empty()) return {};
  return fmt::format(
      "Modules of the {} run are lines of its program, those of the other are paths: neither they nor "
      "allocations in them are matched.",
      diff.before.inferred.empty() ? "new" : "old");
}

std::string describe(const SiteDiff& site) {
  const auto counted = [](std::int64_t count) { return count > 1 ? fmt::format("{} × ", count) : std::string(); };
  const std::int64_t count = site.count_after > 0 ? site.count_after : site.count_before;
  std::string text = fmt::format("{}{}", counted(count), label_of(site.category));
  const std::string type = format_tensor_type(site.dtype, site.sizes);
  if (!type.empty()) text += fmt::format(" {}", type);
  if (!site.dtype_before.empty())
    text += fmt::format(" (was {})", format_tensor_type(site.dtype_before, site.sizes_before));
  if (!site.name.empty()) text += fmt::format(", {}", site.name);
  if (!site.op.empty()) text += fmt::format(", {}", site.op);
  if (!site.op_before.empty()) text += fmt::format(" (was {})", site.op_before);
  if (!site.module.empty()) text += fmt::format(" in {}", site.module);
  return text + fmt::format(", {}", to_string(site.phase));
}

std::string peak_sentence(const Diff& diff) {
  const Bytes before = diff.before.peak.requested_bytes;
  const Bytes after = diff.after.peak.requested_bytes;
  if (before == after) return fmt::format("{}, {} in both", format_bytes(after), format_exact_bytes(after));
  const std::string share = change_share({.name = {}, .before = before, .after = after});
  return fmt::format("{} → {}, {} → {}: {} ({})", format_bytes(before), format_bytes(after), format_exact_bytes(before),
                     format_exact_bytes(after), format_change(diff.change()), share);
}

}  // namespace profile_train::reports
