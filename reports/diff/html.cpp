#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/diff/diff.h"
#include "reports/diff/words.h"
#include "reports/format.h"
#include "reports/plain_page/page.h"
#include "reports/xml.h"

namespace profile_train::reports {
namespace {

constexpr double kWidth = 1000.0;
constexpr double kHeight = 320.0;
constexpr double kLeft = 70.0;    // room for the labels of the bytes
constexpr double kTop = 22.0;     // and above the highest line
constexpr double kBottom = 24.0;  // and for the steps

/// From steps and bytes to the drawing.
struct Scale {
  double steps = 1.0;
  double bytes = 1.0;

  double x(double position) const { return kLeft + (kWidth - kLeft) * position / steps; }
  double y(double value) const { return kTop + (kHeight - kTop - kBottom) * (1.0 - value / bytes); }
};

std::string path_of(const StepLine& line, const Scale& scale) {
  std::string path;
  for (const StepLine::Point& point : line.points) {
    const double x = scale.x(point.x);
    const double y = scale.y(static_cast<double>(point.bytes));
    path += path.empty() ? fmt::format("M{:.1f} {:.1f}", x, y) : fmt::format("H{:.1f}V{:.1f}", x, y);
  }
  return path;
}

/// Both lines over each other, axes, and a mark at each peak. Titles tell the numbers to whoever points there.
std::string overlay(const StepLine* before, const StepLine* after) {
  Scale scale;
  for (const StepLine* line : {before, after}) {
    if (line == nullptr) continue;
    for (const StepLine::Point& point : line->points) scale.steps = std::max(scale.steps, std::ceil(point.x));
    scale.bytes = std::max(scale.bytes, 1.05 * static_cast<double>(line->peak.bytes));
  }
  std::string svg = fmt::format(
      "<svg id=\"timelines\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Requested bytes along the steps of both "
      "runs\">\n",
      kWidth, kHeight);
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const double bytes = scale.bytes * i / kLines;
    svg += fmt::format(
        "<line class=\"axis\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, kWidth, scale.y(bytes), kLeft - 6, scale.y(bytes) + 4.0, format_bytes(static_cast<Bytes>(bytes)));
  }
  const auto steps = static_cast<int>(scale.steps);
  const int every = std::max(1, steps / 12);
  for (int step = 1; step < steps; step += every)
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\">step {}</text>\n", scale.x(step), kHeight - 4, step);
  const auto draw = [&](const StepLine* line, std::string_view name, std::string_view label) {
    if (line == nullptr) return;
    svg += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", name, path_of(*line, scale));
    svg += fmt::format(
        "<circle class=\"peak {}-mark\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>peak of the {} run, "
        "{}</title></circle>\n",
        name, scale.x(line->peak.x), scale.y(static_cast<double>(line->peak.bytes)), label,
        format_exact_bytes(line->peak.bytes));
  };
  draw(before, "before", "old");
  draw(after, "after", "new");
  svg += fmt::format(
      "<text class=\"before-label\" x=\"{}\" y=\"12\">- - old</text><text class=\"after-label\" x=\"{}\" "
      "y=\"12\">— new</text>\n</svg>\n",
      kLeft + 10, kLeft + 70);
  return svg;
}

std::string_view css_of(Bytes change) { return change > 0 ? "bad" : change < 0 ? "good" : "quiet"; }

PlainCell number(std::string text, std::string_view css = "") { return {std::move(text), true, css}; }

PlainCell amount(const std::optional<Bytes>& bytes) {
  return bytes ? number(format_exact_bytes(*bytes)) : number("–", "quiet");
}

void pairs_table(PlainPage& page, std::string_view heading, std::string_view id, const std::vector<FigurePair>& pairs,
                 Names names = Names::keys) {
  std::vector<std::vector<PlainCell>> rows;
  for (const FigurePair& pair : pairs)
    if (pair.before.value_or(0) != 0 || pair.after.value_or(0) != 0)
      rows.push_back({{told_name(pair, names)},
                      amount(pair.before),
                      amount(pair.after),
                      pair.change() ? number(format_change(*pair.change()), css_of(*pair.change())) : amount({}),
                      number(change_share(pair), "quiet")});
  if (rows.empty()) return;
  page.heading(heading);
  page.table(id, {"", "old", "new", "change", ""}, rows);
}

}  // namespace

std::string diff_html(const Diff& diff, const StepLine* before, const StepLine* after) {
  PlainPage page("Memory of two runs");
  page.text(fmt::format("old: {}", side_name(diff.before)));
  page.text(fmt::format("new: {}", side_name(diff.after)));
  for (const DiffSide* side : {&diff.before, &diff.after})
    for (const std::string& reason : side->not_sound)
      page.warning(fmt::format("The {} run may be wrong: {}.", side == &diff.before ? "old" : "new", reason));
  for (const DiffSide* side : {&diff.before, &diff.after})
    if (!side->inferred.empty())
      page.warning(fmt::format("{} run: {}", side == &diff.before ? "Old" : "New", side->inferred));
  if (const std::string unlike = unlike_sides(diff); !unlike.empty()) page.warning(unlike);
  page.heading("Peak");
  page.text(peak_sentence(diff));
  page.text(diff.peak_moved
                ? fmt::format("Moved from {} to {}.", peak_place(diff.before.peak), peak_place(diff.after.peak))
                : fmt::format("At {} in both.", peak_place(diff.after.peak)));
  if (before != nullptr || after != nullptr) {
    page.heading("Requested bytes, step on step");
    page.markup(overlay(before, after));
  }
  if (!diff.settings.empty()) {
    std::vector<std::vector<PlainCell>> rows;
    for (const SettingDiff& setting : diff.settings) rows.push_back({{setting.key}, {setting.before}, {setting.after}});
    page.heading("Settings that differ");
    page.table("settings", {"", "old", "new"}, rows);
  }
  pairs_table(page, "Ladder, highest of each", "peaks", diff.peaks);
  pairs_table(page, with_inferred("Categories at the peak", diff), "categories", diff.categories);
  pairs_table(page, with_inferred("Categories, the most of each at any instant", diff), "category_peaks",
              diff.category_peaks);
  pairs_table(page, with_inferred("Phases, the most while each ran", diff), "phases", diff.phases);
  pairs_table(page, "Modules at the peak", "modules", diff.modules, Names::paths);

  std::vector<std::vector<PlainCell>> rows;
  for (const SiteDiff& site : diff.sites)
    rows.push_back({number(format_exact_bytes(site.bytes_before)),
                    number(format_exact_bytes(site.bytes_after)),
                    number(format_change(site.bytes_changed()), css_of(site.bytes_changed())),
                    {std::string(to_string(site.change))},
                    {describe(site)}});
  page.heading("Allocations live at the peak");
  page.text("Matched by operator, module, shape and order. The changes sum to that of the peak.");
  page.table("sites", {"old", "new", "change", "", ""}, rows);
  return page.take();
}

}  // namespace profile_train::reports
