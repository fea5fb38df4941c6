#include "reports/whatif_report.h"

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/json_writer.h"
#include "reports/terminal/page.h"

namespace profile_train::reports {
namespace {

constexpr int kWhatIfSchema = 1;

std::string signed_bytes(Bytes bytes) {
  return fmt::format("{}{}", bytes < 0 ? "-" : "+", format_bytes(bytes < 0 ? -bytes : bytes));
}

void add_row(Table& table, const char* what, std::optional<Bytes> recorded, std::optional<Bytes> now) {
  if (!recorded || !now) return;
  table.row({what, format_exact_bytes(*recorded), format_exact_bytes(*now), format_bytes(*now),
             *now == *recorded ? "the same" : signed_bytes(*now - *recorded)});
}

Json peaks_of(const WhatIfPeaks& peaks) {
  Json json;
  json["requested_bytes"] = peaks.requested_bytes;
  put(json, "allocated_bytes", peaks.allocated_bytes, "not known");
  json["reserved_bytes"] = peaks.reserved_bytes;
  return json;
}

}  // namespace

std::string render_what_if(const WhatIfResult& result, const std::string& asked, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  page.section("WHAT IF", asked);
  Table table({{"peak", Align::left}, {"recorded"}, {"then"}, {"size"}, {"change"}});
  add_row(table, "requested", result.recorded.requested_bytes, result.peaks.requested_bytes);
  add_row(table, "allocated", result.recorded.allocated_bytes, result.peaks.allocated_bytes);
  add_row(table, "reserved", result.recorded.reserved_bytes, result.peaks.reserved_bytes);
  page.table(table);
  if (result.capacity_bytes)
    page.text(fmt::format("The allocator can have {} ({}) of the device.", format_bytes(*result.capacity_bytes),
                          format_exact_bytes(*result.capacity_bytes)));
  if (result.fits()) {
    page.text("It fits.", Style::good);
  } else {
    page.text(
        fmt::format("It does not fit: {} of {} requests fail, the first at event {}, which asks for {} when {} are "
                    "reserved. Figures after it are not what the program would do.",
                    format_count(result.failed_requests), format_count(result.requests), result.first_failure->event,
                    format_exact_bytes(result.first_failure->requested_bytes),
                    format_bytes(result.first_failure->reserved_bytes)),
        Style::bad);
  }
  if (result.serves_failed_request)
    page.text(*result.serves_failed_request ? "The request that ran out of memory in the run is served."
                                            : "The request that ran out of memory in the run fails as well.");
  for (const std::string& assumption : result.assumptions) page.text(assumption, Style::quiet);
  return page.take();
}

std::string what_if_json(const WhatIfResult& result, const std::string& asked) {
  Json json;
  json["schema"] = kWhatIfSchema;
  json["asked"] = asked;
  json["recorded"] = peaks_of(result.recorded);
  json["then"] = peaks_of(result.peaks);
  json["fits"] = result.fits();
  put(json, "capacity_bytes", result.capacity_bytes, "nothing runs out, or the size of the device is not known");
  json["requests"] = result.requests;
  json["failed_requests"] = result.failed_requests;
  json["first_failure"] = nullptr;
  if (result.first_failure)
    json["first_failure"] = {{"event", result.first_failure->event},
                             {"requested_bytes", result.first_failure->requested_bytes},
                             {"reserved_bytes", result.first_failure->reserved_bytes}};
  put(json, "serves_failed_request", result.serves_failed_request, "no request ran out of memory in the run");
  json["assumptions"] = result.assumptions;
  return to_text(json);
}

}  // namespace profile_train::reports
