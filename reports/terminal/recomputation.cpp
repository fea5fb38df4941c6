#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

void what_ran_again(const Recomputation& again, Page& page) {
  std::string text = fmt::format(
      "Backward ran {} again: {} in {} runs of operators, of which {} existed together at most.",
      again.stretches == 1 ? "one checkpoint" : fmt::format("{} checkpoints", again.stretches),
      format_bytes(again.allocated_bytes), format_count(again.operators), format_bytes(again.most_alive_bytes));
  if (again.forward_seconds > 0.0)
    text += fmt::format(" It took {}, {} of the time of the forward pass.", format_seconds(again.seconds),
                        format_share(again.seconds, again.forward_seconds));
  page.text(text);
}

void where_it_ran(const Recomputation& again, int top, Page& page) {
  Table table({{"module", Align::left, 20}, {"computed again"}, {"at the step's peak"}, {"allocations"}});
  const std::size_t shown = std::min(again.modules.size(), static_cast<std::size_t>(std::max(top, 1)));
  for (std::size_t i = 0; i < shown; ++i) {
    const AttributionRow& row = again.modules[i];
    table.row({row.name.empty() ? "(none)" : row.name, format_bytes(row.allocated_bytes),
               format_bytes(row.at_peak_bytes), format_count(row.allocations)});
  }
  if (again.modules.size() > shown)
    table.row({{fmt::format("and {} more modules", again.modules.size() - shown), Style::quiet}});
  page.table(table);
}

void what_it_saves(const CheckpointingEffect& effect, Page& page) {
  page.text("What it saves, by the exact model: the steady state beside the same run without checkpoints.");
  Table table({{"category", Align::left, 16},
               {"kept by forward"},
               {"without"},
               {"saved"},
               {"at the peak"},
               {"without"},
               {"saved"}});
  Bytes kept = 0, kept_without = 0, peak = 0, peak_without = 0;
  const auto row = [&](const std::string& name, Bytes with, Bytes without, Bytes with_at_peak, Bytes without_at_peak) {
    table.row({name, format_bytes(with), format_bytes(without), format_bytes(without - with),
               format_bytes(with_at_peak), format_bytes(without_at_peak),
               format_bytes(without_at_peak - with_at_peak)});
  };
  for (std::size_t i = 0; i < kCategories; ++i) {
    kept += effect.kept_with_bytes[i];
    kept_without += effect.kept_without_bytes[i];
    peak += effect.with_bytes[i];
    peak_without += effect.without_bytes[i];
    if (effect.kept_without_bytes[i] == 0 && effect.without_bytes[i] == 0 && effect.with_bytes[i] == 0) continue;
    row(std::string(label_of(category_at(i))), effect.kept_with_bytes[i], effect.kept_without_bytes[i],
        effect.with_bytes[i], effect.without_bytes[i]);
  }
  row("all", kept, kept_without, peak, peak_without);
  page.table(table);
}

}  // namespace

void recomputation_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  if (!summary.recomputation && !summary.checkpointing_effect) return;
  page.section("CHECKPOINTS", summary.recomputation ? fmt::format("in step {}", summary.recomputation->step) : "");
  if (summary.recomputation) {
    what_ran_again(*summary.recomputation, page);
    page.blank();
    where_it_ran(*summary.recomputation, options.top, page);
  }
  if (!summary.checkpointing_effect) return;
  page.blank();
  what_it_saves(*summary.checkpointing_effect, page);
}

}  // namespace profile_train::reports
