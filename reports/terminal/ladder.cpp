#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void ladder_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.ladder.empty()) return;
  page.section("LADDER", "from what the tensors asked for to what the machine gave");
  Table table({{"rung", Align::left}, {"bytes"}, {"size"}, {"more than the rung above"}});
  std::optional<Bytes> above;
  for (const LadderRung& rung : summary.ladder) {
    if (!rung.bytes) {
      table.row({rung.rung, {not_measured(rung.why_not_measured), Style::quiet}});
      continue;
    }
    table.row({rung.rung, format_exact_bytes(*rung.bytes), format_bytes(*rung.bytes),
               above ? Cell{format_bytes(*rung.bytes - *above)} : Cell{""}});
    above = rung.bytes;
    if (!rung.explanation.empty()) table.row({"", {rung.explanation, Style::quiet}});
  }
  page.table(table);
}

}  // namespace profile_train::reports
