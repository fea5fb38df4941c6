#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

void print_cost(const Overhead& overhead, Page& page) {
  std::vector<std::string> missing;
  std::vector<std::string> facts;
  const auto add = [&](bool known, const std::string& text, std::string_view name) {
    if (known) {
      facts.push_back(text);
    } else {
      missing.emplace_back(name);
    }
  };
  add(overhead.ns_per_event.has_value(),
      fmt::format("{} ns an event", format_number(overhead.ns_per_event.value_or(0.0), 0)), "time per event");
  add(overhead.step_time_share.has_value(),
      fmt::format("{} % of the step time", format_number(100.0 * overhead.step_time_share.value_or(0.0), 2)),
      "share of the step time");
  add(overhead.profiler_bytes.has_value(),
      fmt::format("{} of its own memory", format_bytes(overhead.profiler_bytes.value_or(0))), "its own memory");
  page.facts(facts);
  if (!missing.empty()) {
    page.text(fmt::format("{}: {}", fmt::join(missing, ", "),
                          not_measured("the trace lacks its last chunk, or no hook call of it was timed")),
              Style::quiet);
  }
}

}  // namespace

void recording_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  const Losses& losses = summary.losses;
  page.section("RECORDING", "what it cost and what it missed");
  std::vector<std::string> facts = {
      format_count(summary.overhead.events) + " events",
      fmt::format("{} dropped", losses.dropped_events == 0 ? "none" : format_count(losses.dropped_events)),
      losses.cut ? "trace cut" : "trace complete",
  };
  if (losses.unmatched_frees > 0) {
    facts.push_back(fmt::format("{} releases of nothing known", format_count(losses.unmatched_frees)));
  }
  page.facts(facts, losses.peak_is_lower_bound() ? Style::warning : Style::plain);
  print_cost(summary.overhead, page);
  facts = {fmt::format("{} alive at the end", format_bytes(summary.alive_at_end_bytes))};
  if (summary.carried_in_allocations > 0) {
    facts.push_back(fmt::format("{} in {} allocations carried in from before the session",
                                format_bytes(summary.carried_in_bytes), format_count(summary.carried_in_allocations)));
  }
  page.facts(facts);
}

}  // namespace profile_train::reports
