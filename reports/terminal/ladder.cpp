#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

namespace {

void add_row(Table& table, Bytes bytes, Cell what, Style style) {
  table.row({{format_exact_bytes(bytes), style}, {format_bytes(bytes), style}, std::move(what)});
}

/// What the step up to this rung consists of, below it.
void add_parts(const LadderRung& rung, Table& table) {
  if (!rung.residual_bytes) return;
  for (const LadderPart& part : rung.parts)
    add_row(table, part.bytes, {fmt::format("+ {}", part.what), Style::quiet}, Style::quiet);
  const Style style = *rung.residual_bytes == 0 ? Style::quiet : Style::warning;
  add_row(table, *rung.residual_bytes, {"+ residual", style}, style);
}

/// "driver · everything the process got": the name and what is to be said of it.
std::string told(const LadderRung& rung) {
  const std::string words = rung.bytes ? rung.explanation : not_measured(rung.why_not_measured);
  return words.empty() ? rung.rung : fmt::format("{} · {}", rung.rung, words);
}

}  // namespace

void ladder_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.ladder.empty()) return;
  page.section("LADDER", "from what the tensors asked for to what the machine gave");
  Table table({{"bytes"}, {"size"}, {"rung", Align::left, 20, Fit::wrap}});
  for (const LadderRung& rung : summary.ladder) {
    if (rung.bytes) {
      add_row(table, *rung.bytes, told(rung), Style::strong);
    } else {
      table.row({"–", "–", {told(rung), Style::quiet}});
    }
    add_parts(rung, table);
  }
  page.table(table);
}

}  // namespace profile_train::reports
