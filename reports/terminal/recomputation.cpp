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

void saved_at(const char* instant, const BytesByCategory& with, const BytesByCategory& without, Page& page) {
  Table table({{instant, Align::left, 24}, {"with"}, {"without"}, {"saved"}});
  Bytes all_with = 0, all_without = 0;
  const auto row = [&](std::string_view name, Bytes bytes, Bytes bytes_without) {
    table.row(
        {std::string(name), format_bytes(bytes), format_bytes(bytes_without), format_bytes(bytes_without - bytes)});
  };
  for (std::size_t i = 0; i < kCategories; ++i) {
    all_with += with[i];
    all_without += without[i];
    if (with[i] != 0 || without[i] != 0) row(label_of(category_at(i)), with[i], without[i]);
  }
  row("all", all_with, all_without);
  page.table(table);
}

void what_it_saves(const CheckpointingEffect& effect, Page& page) {
  page.text("What it saves, by the exact model: the steady state beside the same run without checkpoints.");
  page.blank();
  saved_at("when forward ends", effect.kept_with_bytes, effect.kept_without_bytes, page);
  page.blank();
  saved_at("at the peak", effect.with_bytes, effect.without_bytes, page);
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
