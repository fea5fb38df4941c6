#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/terminal/memory_tables.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

constexpr std::size_t kFewest = 5;  // of the largest, however short the report is asked to be

std::string shape_of(const OutOfMemory& failed) {
  if (failed.dtype.empty()) return "what shape it was for is not known: the same was not made there before";
  return "for " + format_tensor_type(failed.dtype, failed.sizes) + ", as was made there before";
}

std::string_view evidence_of(const Remedy& remedy) {
  switch (remedy.evidence) {
    case Remedy::Evidence::replay: return "replay";
    case Remedy::Evidence::model: return "model";
    case Remedy::Evidence::arithmetic: return "live set";
  }
  return "";
}

Cell verdict_of(const Remedy& remedy) {
  if (!remedy.is_enough) return {"not known", Style::quiet};
  return *remedy.is_enough ? Cell("yes", Style::good) : Cell("no", Style::bad);
}

void show_remedies(const OutOfMemory& failed, Page& page) {
  if (failed.remedies.empty()) return;
  page.blank();
  Table table({{"what would have made it fit", Align::left, 16, Fit::wrap}, {"frees"}, {"enough"}, {"by"}});
  for (const Remedy& remedy : failed.remedies) {
    table.row({remedy.change,
               format_bytes(remedy.frees_bytes),
               verdict_of(remedy),
               {std::string(evidence_of(remedy)), Style::quiet}});
    if (!remedy.note.empty()) table.row({{"  " + remedy.note, Style::quiet}});
  }
  page.table(table);
}

void show(const OutOfMemory& failed, std::size_t shown, Page& page) {
  page.section("OUT OF MEMORY", fmt::format("{} asked for, {}", format_bytes(failed.request_bytes),
                                            format_exact_bytes(failed.request_bytes)));
  std::vector<std::string> facts = facts_of(failed);
  facts.insert(facts.begin(), fmt::format("cuda:{}", failed.device_index));
  page.facts(facts);
  page.facts({shape_of(failed)}, Style::quiet);
  page.facts({fmt::format("free on the device {}", format_bytes(failed.device_free_bytes)),
              fmt::format("reserved by the allocator {}", format_bytes(failed.reserved_bytes)),
              fmt::format("of which not in tensors {}", format_bytes(failed.reserved_bytes - failed.requested_bytes))});
  page.blank();
  page.table(category_table(failed.by_category));
  page.blank();
  page.table(live_table(failed.live, std::min(failed.live.size(), shown)));
  show_remedies(failed, page);
}

}  // namespace

void out_of_memory_section(const Summary& summary, const TerminalOptions& options, Page& page) {
  const auto shown = std::max(static_cast<std::size_t>(std::max(options.top, 0)), kFewest);
  for (const OutOfMemory& failed : summary.out_of_memory) show(failed, shown, page);
}

}  // namespace profile_train::reports
