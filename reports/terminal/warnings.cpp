#include <fmt/format.h>

#include "reports/terminal/sections.h"

namespace profile_train::reports {

void warnings_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  if (summary.warnings.empty()) return;
  page.blank();
  Style style = summary.footer.failure.empty() ? Style::warning : Style::bad;  // a failure comes first
  for (const std::string& sentence : summary.warnings) {
    page.text(fmt::format("! {}", sentence), style, 0, 2);
    style = Style::warning;
  }
}

}  // namespace profile_train::reports
