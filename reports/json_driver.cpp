#include "reports/json_driver.h"

namespace profile_train::reports {

namespace {

Json share_json(const DriverShare& share) {
  Json json;
  put_text(json, "library", share.library, "the stack of its calls could not be read");
  json["at_peak_bytes"] = share.at_peak_bytes;
  json["peak_bytes"] = share.peak_bytes;
  json["page_locked_peak_bytes"] = share.pinned_peak_bytes;
  json["allocations"] = share.allocations;
  return json;
}

}  // namespace

Json rung_json(const LadderRung& rung) {
  Json json;
  json["rung"] = rung.rung;
  json["bytes"] = rung.bytes ? Json(*rung.bytes) : Json(nullptr);
  json["why_not_measured"] =
      rung.bytes ? Json(nullptr) : Json(rung.why_not_measured.empty() ? "not measured" : rung.why_not_measured);
  json["explanation"] = rung.explanation;
  if (!rung.residual_bytes) return json;
  json["parts"] = Json::array();
  for (const LadderPart& part : rung.parts) json["parts"].push_back({{"what", part.what}, {"bytes", part.bytes}});
  json["residual_bytes"] = *rung.residual_bytes;
  return json;
}

void put_driver(Json& report, const Summary& summary) {
  if (!summary.driver) {
    report["driver"] = nullptr;
    const std::string& why = summary.footer.driver_limitation;
    report["driver_why_not"] = why.empty() ? "the trace has no allocations of a driver" : why;
    return;
  }
  const DriverLevel& driver = *summary.driver;
  Json json;
  json["peak_bytes"] = driver.peak_bytes;
  json["peak_step"] = driver.peak_step;
  json["peak_phase"] = phase_key(driver.peak_phase);
  json["at_end_bytes"] = driver.at_end_bytes;
  json["allocator_bytes"] = driver.allocator_at_peak_bytes;
  json["carried_in_bytes"] = driver.carried_in_bytes;
  json["module_variable_bytes"] = driver.module_variable_bytes;
  json["unused_in_pools_bytes"] = driver.unused_in_pools_bytes;
  json["page_locked_peak_bytes"] = driver.pinned_peak_bytes;
  json["records"] = summary.footer.driver_records;
  json["own_bytes"] = summary.footer.own_device_bytes;
  json["libraries"] = Json::array();
  for (const DriverShare& share : driver.libraries) json["libraries"].push_back(share_json(share));
  report["driver"] = std::move(json);
}

}  // namespace profile_train::reports
