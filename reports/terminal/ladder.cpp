#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

namespace {

/// What the step up to this rung consists of, below it.
void add_parts(const LadderRung& rung, Table& table) {
  if (!rung.residual_bytes) return;
  const auto row = [&](std::string_view what, Bytes bytes) {
    table.row({{fmt::format("  + {}", what), Style::quiet},
               {format_exact_bytes(bytes), Style::quiet},
               {format_bytes(bytes), Style::quiet},
               ""});
  };
  for (const LadderPart& part : rung.parts) row(part.what, part.bytes);
  row("residual", *rung.residual_bytes);
}

}  // namespace

void ladder_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.ladder.empty()) return;
  page.section("LADDER", "from what the tensors asked for to what the machine gave");
  Table table({{"rung", Align::left, 24, Fit::wrap}, {"bytes"}, {"size"}, {"", Align::left, 20, Fit::wrap}});
  for (const LadderRung& rung : summary.ladder) {
    if (rung.bytes) {
      table.row(
          {rung.rung, format_exact_bytes(*rung.bytes), format_bytes(*rung.bytes), {rung.explanation, Style::quiet}});
    } else {
      table.row({rung.rung, {not_measured(rung.why_not_measured), Style::quiet}});
    }
    add_parts(rung, table);
  }
  page.table(table);
}

}  // namespace profile_train::reports
