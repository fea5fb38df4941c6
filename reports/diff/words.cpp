#include "reports/diff/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "reports/budget/words.h"
#include "reports/format.h"

namespace profile_train::reports {

std::string format_change(Bytes change) {
  if (change == 0) return format_exact_bytes(0);
  return fmt::format("{}{}", change > 0 ? "+" : "", format_exact_bytes(change));
}

std::string change_share(const FigurePair& pair) {
  const Bytes before = pair.before.value_or(0);
  const Bytes after = pair.after.value_or(0);
  if (before == after) return {};
  if (before == 0) return "new";
  if (after == 0) return "gone";
  const double percent = 100.0 * static_cast<double>(after - before) / static_cast<double>(before);
  return fmt::format("{}{} %", percent > 0 ? "+" : "", format_number(percent, 1));
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
