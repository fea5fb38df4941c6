#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/memory_tables.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {

void live_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  const std::size_t shown = std::min(summary.live_at_peak.size(), static_cast<std::size_t>(std::max(options.top, 0)));
  if (shown == 0) return;
  page.section("LIVE AT THE PEAK", fmt::format("the {} largest of {} allocations", shown,
                                               format_count(std::uint64_t{summary.live_at_peak.size()})));
  page.table(live_table(summary.live_at_peak, shown));
}

}  // namespace profile_train::reports
