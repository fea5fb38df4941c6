#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

std::string place(std::int32_t step, Phase phase) {
  if (step == 0) return std::string(to_string(phase));
  return fmt::format("step {}, {}", step, to_string(phase));
}

void add_instant(Table& table, const std::string& what, const AllocatorInstant& instant) {
  table.row({what, format_bytes(instant.allocated_bytes), format_bytes(instant.reserved_bytes),
             format_bytes(instant.unused_bytes()), format_bytes(instant.stuck_bytes),
             format_bytes(instant.largest_free_bytes)});
}

void show_instants(const AllocatorReplay& replay, const TerminalOptions& options, Page& page) {
  Table table({{"instant", Align::left}, {"allocated"}, {"reserved"}, {"unused"}, {"stuck"}, {"largest"}});
  add_instant(table, "requested peak", replay.at_peak);
  add_instant(table, "allocated peak", replay.allocated_peak);
  add_instant(table, "reserved peak", replay.reserved_peak);
  std::vector<const AllocatorInstant*> ends;  // of steps: phases are in the JSON
  for (std::size_t i = 0; i < replay.over_time.size(); ++i)
    if (replay.over_time[i].step > 0 &&
        (i + 1 == replay.over_time.size() || replay.over_time[i + 1].step != replay.over_time[i].step))
      ends.push_back(&replay.over_time[i]);
  const auto shown = std::min(ends.size(), static_cast<std::size_t>(std::max(options.top, 1)));
  for (std::size_t i = ends.size() - shown; i < ends.size(); ++i)
    add_instant(table, fmt::format("end of step {}", ends[i]->step), *ends[i]);
  page.table(table);
  const auto where = [](std::string_view what, const AllocatorInstant& instant) {
    return fmt::format("{} peak in {}", what, place(instant.step, instant.phase));
  };
  page.facts({where("requested", replay.at_peak), where("allocated", replay.allocated_peak),
              where("reserved", replay.reserved_peak)},
             Style::quiet);
}

std::string told(const HeldSegment& held) {
  std::string text =
      fmt::format("{} stuck beside {} in use ({})", format_bytes(held.stuck_bytes), format_bytes(held.in_use_bytes),
                  held.allocations == 1 ? "1 allocation" : fmt::format("{} allocations", held.allocations));
  text += fmt::format("; the largest: {} {}", format_bytes(held.largest.bytes), label_of(held.largest.category));
  if (!held.largest.name.empty()) text += " · " + held.largest.name;
  if (!held.largest.op.empty()) text += " · " + held.largest.op;
  if (!held.largest.module.empty()) text += " · " + held.largest.module;
  return text;
}

void show_request(const UnservedRequest& request, Page& page) {
  page.blank();
  page.facts({request.out_of_memory ? "out of memory" : "a new segment in a steady state",
              format_exact_bytes(request.requested_bytes), place(request.step, request.phase),
              request.op.empty() ? "no operator" : request.op, request.module.empty() ? "no module" : request.module},
             request.out_of_memory ? Style::bad : Style::plain);
  page.facts({fmt::format("block {}", format_bytes(request.block_bytes)),
              fmt::format("segment {}", format_bytes(request.segment_bytes)),
              request.small_pool ? "small pool" : "large pool",
              request.stream == 0 ? "default stream" : fmt::format("stream {:#x}", request.stream),
              request.memory_pool == 0 ? "everybody's memory" : "a memory pool of its own"});
  page.text(request.why);
  for (const HeldSegment& held : request.held) page.text(told(held), Style::quiet, 4, 2);
}

}  // namespace

void fragmentation_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  if (!summary.allocator) return;
  const AllocatorReplay& replay = *summary.allocator;
  if (!replay.why_not.empty()) {
    page.section("ALLOCATOR");
    page.text(not_measured(replay.why_not), Style::quiet);
    return;
  }
  page.section("ALLOCATOR",
               replay.settings == "default" ? "its replay; its own settings" : "its replay; " + replay.settings);
  show_instants(replay, options, page);
  if (replay.agrees())
    page.text(fmt::format(
                  "Every address of {} events is where the model of the allocator puts it. Unused is reserved and "
                  "not allocated; stuck is free, but cannot go back to the driver; largest is the largest free block.",
                  format_count(replay.events)),
              Style::quiet);
  else
    page.text(fmt::format("The model left the trace {} Figures are of what came before.", replay.disagreement),
              Style::bad);
  const auto shown = std::min(replay.unserved.size(), static_cast<std::size_t>(std::max(options.top, 1)));
  for (std::size_t i = 0; i < shown; ++i) show_request(replay.unserved[i], page);
  if (const std::int64_t more = replay.unserved_requests - static_cast<std::int64_t>(shown); more > 0)
    page.text(fmt::format("and {} more requests that no free block could serve", format_count(more)), Style::quiet);
}

}  // namespace profile_train::reports
