#include "reports/terminal.h"

#include <array>

#include "reports/terminal/page.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

using Section = void (*)(const Summary&, const TerminalOptions&, Page&);

// The report, top to bottom. A new section is a function of its own file and one line here.
constexpr std::array kSections = {
    header_section, warnings_section,      out_of_memory_section, steps_section,         phases_section,
    peak_section,   live_section,          places_section,        recomputation_section, model_section,
    ladder_section, fragmentation_section, growth_section,        recording_section,     files_section,
};
static_assert(std::is_same_v<decltype(kSections)::value_type, Section>);

// What matters once a request has failed.
constexpr std::array kOutOfMemorySections = {header_section, out_of_memory_section, ladder_section,
                                             fragmentation_section};

template <std::size_t n>
std::string render(const std::array<Section, n>& sections, const Summary& summary, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  for (const Section section : sections) section(summary, options, page);
  return page.take();
}

}  // namespace

std::string render_terminal(const Summary& summary, const TerminalOptions& options) {
  return render(kSections, summary, options);
}

std::string render_out_of_memory(const Summary& summary, const TerminalOptions& options) {
  Summary latest = summary;
  if (latest.out_of_memory.size() > 1)
    latest.out_of_memory.erase(latest.out_of_memory.begin(), latest.out_of_memory.end() - 1);
  return render(kOutOfMemorySections, latest, options);
}

}  // namespace profile_train::reports
