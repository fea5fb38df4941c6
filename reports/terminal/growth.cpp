#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void growth_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  if (summary.steps.size() < 2) return;  // one step cannot show growth
  if (summary.growth.empty()) {
    page.section("GROWTH");
    page.text("Nothing grew from step to step.", Style::good);
    return;
  }
  page.section("GROWTH", "memory that every step adds and none gives back");
  Table table({{"a step"}, {"steps"}, {"in all"}, {"category", Align::left, 10}, {"allocated in", Align::left, 16}});
  const std::size_t shown = std::min(summary.growth.size(), static_cast<std::size_t>(std::max(options.top, 1)));
  for (std::size_t i = 0; i < shown; ++i) {
    const GrowthRow& row = summary.growth[i];
    std::string where(to_string(row.phase));
    if (!row.op.empty()) where += " · " + row.op;
    if (!row.module.empty()) where += " · " + row.module;
    table.row({{fmt::format("+{}", format_bytes(row.bytes_per_step)), Style::bad},
               format_count(row.steps),
               format_bytes(row.total_bytes),
               std::string(label_of(row.category)),
               where});
  }
  if (summary.growth.size() > shown) {
    table.row({{fmt::format("and {} more places", summary.growth.size() - shown), Style::quiet}});
  }
  page.table(table);
}

}  // namespace profile_train::reports
