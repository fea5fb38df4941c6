#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"
#include "reports/text.h"

namespace profile_train::reports {
namespace {

std::string title_of(const LiveAllocation& live) {
  if (!live.name.empty()) return live.name;
  if (!live.module.empty()) return live.module;
  return live.op.empty() ? "(no module, no operator)" : live.op;
}

/// What it is and where it was born, for the second line.
std::string birth_of(const LiveAllocation& live) {
  std::string birth = format_tensor_type(live.dtype, live.sizes);
  const auto add = [&](const std::string& fact) { birth.append(birth.empty() ? "" : " · ").append(fact); };
  if (live.carried_in) {
    add("alive before the session began");
    return birth;
  }
  add(live.step > 0 ? fmt::format("step {}, {}", live.step, to_string(live.phase))
                    : std::string(to_string(live.phase)));
  if (!live.op.empty() && live.op != title_of(live)) add(live.op);
  return birth;
}

}  // namespace

void live_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  const std::size_t shown = std::min(summary.live_at_peak.size(), static_cast<std::size_t>(std::max(options.top, 0)));
  if (shown == 0) return;
  page.section("LIVE AT THE PEAK", fmt::format("the {} largest of {} allocations", shown,
                                               format_count(std::uint64_t{summary.live_at_peak.size()})));
  Table table(
      {{"bytes"}, {"category", Align::left, 8}, {"tensor, module or operator", Align::left, 16}, {"age in events"}});
  Bytes rest = 0;
  for (std::size_t i = 0; i < summary.live_at_peak.size(); ++i) {
    const LiveAllocation& live = summary.live_at_peak[i];
    if (i >= shown) {
      rest += live.bytes;
      continue;
    }
    table.row({{format_bytes(live.bytes), Style::strong},
               {std::string(label_of(live.category)), style_of(live.category)},
               title_of(live),
               format_count(std::int64_t{live.age_events})});
    table.row({"", {birth_of(live), Style::quiet}});
  }
  if (const std::size_t more = summary.live_at_peak.size() - shown; more > 0) {
    table.row({format_bytes(rest), {fmt::format("in {} more", format_count(std::uint64_t{more})), Style::quiet}});
  }
  page.table(table);
}

}  // namespace profile_train::reports
