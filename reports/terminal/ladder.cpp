#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void ladder_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.ladder.empty()) return;
  page.section("LADDER", "from what the tensors asked for to what the machine gave");
  Table table({{"rung", Align::left}, {"bytes"}, {"size"}, {"", Align::left, 20, Fit::wrap}});
  for (const LadderRung& rung : summary.ladder) {
    if (rung.bytes) {
      table.row(
          {rung.rung, format_exact_bytes(*rung.bytes), format_bytes(*rung.bytes), {rung.explanation, Style::quiet}});
    } else {
      table.row({rung.rung, {not_measured(rung.why_not_measured), Style::quiet}});
    }
  }
  page.table(table);
}

}  // namespace profile_train::reports
