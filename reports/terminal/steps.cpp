#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

/// The positions of the steps to print: all of a short run; of a long one the first, the last and the highest.
std::vector<std::size_t> chosen_steps(const Summary& summary) {
  constexpr std::size_t kAll = 12;
  constexpr std::size_t kAtEachEnd = 4;
  const std::size_t count = summary.steps.size();
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    const bool at_an_end = i < kAtEachEnd || i + kAtEachEnd >= count;
    if (count <= kAll || at_an_end || summary.steps[i].step == summary.peak.step) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace

void steps_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.steps.empty()) {
    page.section("STEPS");
    page.text("The trace has no complete training step.", Style::quiet);
    return;
  }
  page.section("STEPS", summary.losses.peak_is_lower_bound() ? "peaks are lower bounds" : "");
  const bool has_loss = std::any_of(summary.steps.begin(), summary.steps.end(), [](const auto& s) { return s.loss; });
  Table table({{"step"}, {"loss"}, {"time"}, {"peak"}, {"in bytes"}, {"reached in", Align::left}, {"", Align::left}});
  std::size_t previous = 0;
  for (const std::size_t i : chosen_steps(summary)) {
    const StepSummary& step = summary.steps[i];
    if (i > previous + 1) {
      const std::string hidden = format_count(static_cast<std::uint64_t>(i - previous - 1));
      table.row({"⋮", {hidden + " more steps, none higher", Style::quiet}});
    }
    previous = i;
    const bool highest = step.step == summary.peak.step;
    const Style style = highest ? Style::strong : Style::plain;
    table.row({{format_count(std::int64_t{step.step}), style},
               step.loss ? Cell{format_number(*step.loss, 4)} : Cell{"–", Style::quiet},
               format_seconds(step.seconds),
               {format_bytes(step.peak.requested_bytes), style},
               {format_exact_bytes(step.peak.requested_bytes), style},
               std::string(to_string(step.peak.phase)),
               {highest ? "← peak" : "", Style::title}});
  }
  page.table(table);
  const bool infers = summary.header.setup && summary.header.setup->task == Task::inference;
  if (!has_loss)
    page.text(infers ? "– no loss: inference has none." : "– no loss: the program recorded no metric called \"loss\".",
              Style::quiet);
}

}  // namespace profile_train::reports
