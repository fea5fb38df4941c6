#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/budget/budget.h"
#include "reports/budget/words.h"
#include "reports/format.h"
#include "reports/table.h"
#include "reports/terminal/page.h"

namespace profile_train::reports {
namespace {

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::within: return Style::good;
    case Verdict::alert: return Style::warning;
    case Verdict::exceeded:
    case Verdict::not_measured: return Style::bad;
  }
  return Style::plain;
}

Cell amount_cell(const std::optional<Amount>& amount, Measure measure) {
  return amount ? Cell(format_amount(*amount, measure)) : Cell("");
}

Table limit_table(const BudgetCheck& check) {
  Table table({{"limit", Align::left, 20}, {"measured"}, {"alert"}, {"fail"}, {"used"}, {"verdict", Align::left}});
  for (const LimitCheck& limit : check.limits) {
    const Measure measure = limit.subject.measure;
    if (!limit.figure.amount) {
      table.row({key_of(limit.subject), {not_measured(limit.figure.why_not), Style::bad}});
      continue;
    }
    const auto& most = limit.fail ? limit.fail : limit.alert;
    table.row({key_of(limit.subject),
               amount_cell(limit.figure.amount, measure),
               amount_cell(limit.alert, measure),
               amount_cell(limit.fail, measure),
               {*most > 0 ? format_share(static_cast<double>(*limit.figure.amount), static_cast<double>(*most)) : "",
                Style::quiet},
               {verdict_of(limit), style_of(limit.verdict)}});
  }
  return table;
}

Table site_table(const LimitCheck& limit, int top) {
  Table table({{""}, {"", Align::left, 20, Fit::wrap}});
  Bytes more_bytes = limit.more_bytes;
  std::int64_t more = limit.more_allocations;
  int listed = 0;
  for (const Site& site : limit.responsible) {
    if (++listed <= top) {
      table.row({format_exact_bytes(site.bytes), describe(site, WithBytes::no)});
    } else {
      more_bytes += site.bytes;
      more += site.count;
    }
  }
  if (more > 0) table.row({format_exact_bytes(more_bytes), {fmt::format("{} more", format_count(more)), Style::quiet}});
  return table;
}

Style style_of_whole(const BudgetCheck& check) { return style_of(check.verdict()); }

}  // namespace

std::string render_budget(const BudgetCheck& check, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  std::string aside = fmt::format("{} against {}", run_name(check.run), check.budget_file);
  if (!check.baseline_file.empty()) aside += fmt::format(", baseline {}", check.baseline_file);
  page.section("BUDGET", aside);
  page.table(limit_table(check));
  for (const LimitCheck& limit : check.limits) {
    if (limit.verdict != Verdict::exceeded && limit.verdict != Verdict::alert) continue;
    page.section(key_of(limit.subject), to_string(limit.verdict));
    page.text(sentence_of(limit));
    if (const std::string place = place_of(limit); !place.empty()) page.text("at " + place, Style::quiet);
    if (!limit.responsible.empty()) page.table(site_table(limit, options.top));
  }
  page.blank();
  if (!check.inferred.empty()) page.text(check.inferred, Style::warning);
  if (std::ranges::any_of(check.limits, is_not_judged))
    page.text(
        "Figures that rest on that are not judged: write inferred: accept into the budget if they are good enough.",
        Style::warning);
  for (const std::string& reason : check.not_sound)
    page.text(fmt::format("This trace cannot be judged: {}.", reason), Style::bad, Page::kIndent, Page::kIndent);
  page.text(verdict_line(check), style_of_whole(check));
  if (!options.files.empty()) page.text(fmt::format("written: {}", fmt::join(options.files, ", ")), Style::quiet);
  return page.take();
}

}  // namespace profile_train::reports
