#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

/// One row: a phase, or several of the same name when a step has too many to list (gradient accumulation).
struct PhaseRow {
  PhaseSummary phase;
  int stretches = 1;
  double seconds = 0.0;
};

double seconds_of(const PhaseSummary& phase) { return static_cast<double>(phase.end_ns - phase.start_ns) * 1e-9; }

void merge(std::vector<PhaseRow>& rows, const PhaseSummary& phase) {
  const auto same = std::find_if(rows.begin(), rows.end(), [&](const PhaseRow& row) {
    return row.phase.phase == phase.phase && row.phase.step == phase.step;
  });
  if (same == rows.end()) {
    rows.push_back({phase, 1, seconds_of(phase)});
    return;
  }
  same->phase.peak_bytes = std::max(same->phase.peak_bytes, phase.peak_bytes);
  same->phase.end_bytes = phase.end_bytes;
  same->phase.events += phase.events;
  same->seconds += seconds_of(phase);
  ++same->stretches;
}

/// What happened before the first step, and the step that holds the peak; the last step if the peak is in none.
std::vector<PhaseRow> chosen_rows(const Summary& summary, std::int32_t step) {
  constexpr std::size_t kMostRows = 14;
  std::vector<PhaseRow> each;
  std::vector<PhaseRow> merged;
  bool before_steps = true;
  for (const PhaseSummary& phase : summary.phases) {
    if (phase.step != 0) before_steps = false;
    const bool nothing_happened = phase.events == 0 && phase.start_bytes == phase.end_bytes;
    const bool wanted = phase.step == step || (phase.step == 0 && (before_steps || summary.steps.empty()));
    if (!wanted || (phase.phase == Phase::other && nothing_happened)) continue;
    each.push_back({phase, 1, seconds_of(phase)});
    merge(merged, phase);
  }
  return each.size() <= kMostRows ? each : merged;
}

}  // namespace

void phases_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.phases.empty()) return;
  const std::int32_t last = summary.steps.empty() ? 0 : summary.steps.back().step;
  const std::int32_t step = summary.peak.step != 0 ? summary.peak.step : last;
  std::string aside = "of the whole trace";
  if (step != 0) aside = fmt::format("before the first step and in step {}", step);
  if (step != 0 && step == summary.peak.step) aside += ", which has the peak";
  page.section("PHASES", aside);

  const std::vector<PhaseRow> rows = chosen_rows(summary, step);
  Table table({{"phase", Align::left, 12}, {"start"}, {"peak"}, {"end"}, {"of peak"}, {"events"}, {"time"}});
  for (const PhaseRow& row : rows) {
    const PhaseSummary& phase = row.phase;
    const bool has_peak = summary.peak.requested_bytes > 0 && phase.peak_bytes == summary.peak.requested_bytes;
    std::string name(to_string(phase.phase));
    if (row.stretches > 1) name += fmt::format(" ×{}", row.stretches);
    table.row({name,
               format_bytes(phase.start_bytes),
               {format_bytes(phase.peak_bytes), has_peak ? Style::strong : Style::plain},
               format_bytes(phase.end_bytes),
               format_share(static_cast<double>(phase.peak_bytes), static_cast<double>(summary.peak.requested_bytes)),
               format_count(phase.events),
               format_seconds(row.seconds)});
  }
  page.table(table);
}

}  // namespace profile_train::reports
