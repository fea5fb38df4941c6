#include <fmt/format.h>

#include "reports/format.h"
#include "reports/setup_text.h"
#include "reports/terminal/memory_tables.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void peak_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  const PeakInstant& peak = summary.peak;
  const bool lower_bound = summary.losses.peak_is_lower_bound();
  page.section("PEAK", fmt::format("{}{}, {}", lower_bound ? "at least " : "", format_bytes(peak.requested_bytes),
                                   format_exact_bytes(peak.requested_bytes)));
  page.facts(facts_of(peak));
  if (!summary.inferred.empty()) page.text("step, phase and categories are inferred, not recorded", Style::warning);
  page.blank();
  Table table = category_table(peak.by_category);
  table.row(
      {{"peak", Style::strong},
       {format_exact_bytes(peak.requested_bytes), Style::strong},
       format_bytes(peak.requested_bytes),
       "",
       {"residual " + format_exact_bytes(peak.residual_bytes), peak.residual_bytes == 0 ? Style::good : Style::bad}});
  page.table(table);
  // Everything above speaks of the first device; memory of others must not go unmentioned.
  for (std::size_t i = 1; i < summary.devices.size(); ++i) {
    const DeviceTotals& other = summary.devices[i];
    page.facts({fmt::format("besides, {} peaked at {}", device_name(other), format_exact_bytes(other.peak_bytes)),
                fmt::format("{} allocations", format_count(other.allocations))},
               Style::quiet);
  }
}

}  // namespace profile_train::reports
