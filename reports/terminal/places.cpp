#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void places_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  const std::size_t top = static_cast<std::size_t>(std::clamp(options.top, 0, 6));
  const auto rows_of = [&](const std::vector<AttributionRow>& all) {
    std::vector<AttributionRow> rows;
    for (const AttributionRow& row : all) {
      if (rows.size() < top && row.at_peak_bytes > 0) rows.push_back(row);
    }
    return rows;
  };
  const std::vector<AttributionRow> modules = rows_of(summary.modules);
  const std::vector<AttributionRow> operators = rows_of(summary.operators);
  if (modules.empty() && operators.empty()) return;
  page.section("MODULES AND OPERATORS", "that hold most bytes at the peak");
  Table table({{""}, {"module", Align::left, 12}, {""}, {"operator", Align::left, 12}});
  const Cell nothing{""};
  for (std::size_t i = 0; i < std::max(modules.size(), operators.size()); ++i) {
    const bool m = i < modules.size();
    const bool o = i < operators.size();
    table.row({m ? Cell{format_bytes(modules[i].at_peak_bytes)} : nothing, m ? Cell{modules[i].name} : nothing,
               o ? Cell{format_bytes(operators[i].at_peak_bytes)} : nothing, o ? Cell{operators[i].name} : nothing});
  }
  page.table(table);
}

}  // namespace profile_train::reports
