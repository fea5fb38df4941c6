#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "reports/diff/diff.h"
#include "reports/diff/words.h"
#include "reports/format.h"
#include "reports/table.h"
#include "reports/terminal/page.h"

namespace profile_train::reports {
namespace {

Style style_of(Bytes change) { return change > 0 ? Style::bad : change < 0 ? Style::good : Style::quiet; }

std::string amount(const std::optional<Bytes>& bytes) { return bytes ? format_bytes(*bytes) : "–"; }

Cell change_cell(const FigurePair& pair) {
  const auto change = pair.change();
  return change ? Cell{format_change(*change), style_of(*change)} : Cell{"–", Style::quiet};
}

/// Pairs that changed; what is the same is said in one line.
void pairs_section(std::string_view title, std::string_view aside, const std::vector<FigurePair>& pairs, int top,
                   Page& page, Names names = Names::keys) {
  Table table({{"", Align::left, 20}, {"old"}, {"new"}, {"change"}, {""}});
  int left_out = 0;
  int same = 0;
  Bytes left_out_bytes = 0;
  int listed = 0;
  for (const FigurePair& pair : pairs) {
    if (pair.change() == 0) {
      ++same;
    } else if (++listed > top) {
      ++left_out;
      left_out_bytes += pair.change().value_or(0);
    } else {
      table.row({told_name(pair, names),
                 amount(pair.before),
                 amount(pair.after),
                 change_cell(pair),
                 {change_share(pair), Style::quiet}});
    }
  }
  if (pairs.empty()) return;
  page.section(title, aside);
  if (!table.empty()) page.table(table);
  if (left_out > 0)
    page.text(fmt::format("{} more, {} together", left_out, format_change(left_out_bytes)), Style::quiet);
  if (same > 0) page.text(fmt::format("{} unchanged", same), Style::quiet);
}

void sites_section(const Diff& diff, int top, Page& page) {
  Table table({{"change"}, {"", Align::left}, {"", Align::left, 20, Fit::wrap}});
  int left_out = 0;
  Bytes left_out_bytes = 0;
  std::int64_t same = 0;
  Bytes same_bytes = 0;
  int listed = 0;
  for (const SiteDiff& site : diff.sites) {
    if (site.bytes_changed() == 0) {
      same += site.count_after;
      same_bytes += site.bytes_after;
    } else if (++listed > top) {
      ++left_out;
      left_out_bytes += site.bytes_changed();
    } else {
      table.row({{format_change(site.bytes_changed()), style_of(site.bytes_changed())},
                 std::string(to_string(site.change)),
                 describe(site)});
    }
  }
  page.section("ALLOCATIONS", "live at the peak; matched by operator, module, shape and order");
  if (!table.empty()) page.table(table);
  if (left_out > 0)
    page.text(fmt::format("{} more, {} together", left_out, format_change(left_out_bytes)), Style::quiet);
  page.text(fmt::format("{} allocations unchanged, {}", format_count(same), format_exact_bytes(same_bytes)),
            Style::quiet);
}

void settings_section(const Diff& diff, Page& page) {
  if (diff.settings.empty()) return;
  Table table({{"", Align::left}, {"old", Align::left, 10}, {"new", Align::left, 10}});
  for (const SettingDiff& setting : diff.settings)
    table.row(
        {setting.key, setting.before.empty() ? "–" : setting.before, setting.after.empty() ? "–" : setting.after});
  page.section("SETTINGS", "that differ");
  page.table(table);
}

}  // namespace

std::string render_diff(const Diff& diff, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  page.section("DIFF", "");
  page.text(fmt::format("old  {}", side_name(diff.before)), Style::plain, Page::kIndent, 5);
  page.text(fmt::format("new  {}", side_name(diff.after)), Style::plain, Page::kIndent, 5);
  for (const DiffSide* side : {&diff.before, &diff.after})
    for (const std::string& reason : side->not_sound)
      page.text(fmt::format("{} may be wrong: {}.", side == &diff.before ? "old" : "new", reason), Style::bad);
  for (const DiffSide* side : {&diff.before, &diff.after})
    if (!side->inferred.empty())
      page.text(fmt::format("{}: {}", side == &diff.before ? "old" : "new", side->inferred), Style::warning);
  if (const std::string unlike = unlike_sides(diff); !unlike.empty()) page.text(unlike, Style::warning);
  settings_section(diff, page);

  page.section("PEAK", "");
  page.text(peak_sentence(diff), style_of(diff.change()));
  if (diff.peak_moved) {
    page.text(fmt::format("moved from {}", peak_place(diff.before.peak)));
    page.text(fmt::format("to {}", peak_place(diff.after.peak)));
  } else {
    page.text(fmt::format("at {} in both", peak_place(diff.after.peak)), Style::quiet);
  }
  if (const std::string seconds = step_seconds(diff); !seconds.empty()) page.text(seconds, Style::quiet);
  if (diff.peaks.size() > 1) pairs_section("LADDER", "highest of each", diff.peaks, options.top, page);
  pairs_section("CATEGORIES", with_inferred("at the peak", diff), diff.categories, options.top, page);
  pairs_section("CATEGORIES", with_inferred("the most of each, at any instant", diff), diff.category_peaks, options.top,
                page);
  pairs_section("PHASES", with_inferred("the most while each ran", diff), diff.phases, options.top, page);
  pairs_section("MODULES", "at the peak", diff.modules, options.top, page, Names::paths);
  sites_section(diff, options.top, page);
  if (!options.files.empty()) {
    page.blank();
    page.text(fmt::format("written: {}", fmt::join(options.files, ", ")), Style::quiet);
  }
  return page.take();
}

}  // namespace profile_train::reports
