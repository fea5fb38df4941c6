#include "reports/terminal.h"

#include <array>

#include "reports/terminal/page.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

using Section = void (*)(const Summary&, const TerminalOptions&, Page&);

// The report, top to bottom. A new section is a function of its own file and one line here.
constexpr std::array kSections = {
    header_section, warnings_section, steps_section,  phases_section, peak_section,      live_section,
    places_section, model_section,    ladder_section, growth_section, recording_section, files_section,
};
static_assert(std::is_same_v<decltype(kSections)::value_type, Section>);

}  // namespace

std::string render_terminal(const Summary& summary, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  for (const Section section : kSections) section(summary, options, page);
  return page.take();
}

}  // namespace profile_train::reports
