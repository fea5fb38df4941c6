#include "reports/json.h"

#include "reports/budget/budget.h"
#include "reports/budget/words.h"
#include "reports/json_place.h"
#include "reports/json_writer.h"

namespace profile_train::reports {
namespace {

std::string verdict_key(Verdict verdict) {
  return verdict == Verdict::not_measured ? "not_measured" : std::string(to_string(verdict));
}

Json site_json(const Site& site) {
  Json json;
  json["bytes"] = site.bytes;
  json["count"] = site.count;
  json["category"] = key_of(site.category);
  put_tensor(json, site.dtype, site.sizes);
  put_tensor_name(json, site.name);
  put_birthplace(json, site.module, site.op);
  json["phase"] = phase_key(site.phase);
  put(json, "baseline_bytes", site.baseline_bytes, "there is no baseline, or it does not tell what was live there");
  return json;
}

Json place_json(const Place& place) {
  Json json;
  json["event"] = place.event;
  json["step"] = place.step;
  json["phase"] = phase_key(place.phase);
  put_running(json, place.op, place.module);
  return json;
}

Json limit_json(const LimitCheck& limit) {
  Json json;
  json["limit"] = key_of(limit.subject);
  json["unit"] = is_share(limit.subject.measure) ? "hundredths of a percent" : "bytes";
  put(json, "measured", limit.figure.amount, limit.figure.why_not);
  put(json, "fail", limit.fail, "the budget has none");
  put(json, "alert", limit.alert, "the budget has none");
  put(json, "baseline", limit.baseline, "the limit does not refer to a baseline");
  json["verdict"] = verdict_key(limit.verdict);
  json["inferred"] = limit.inferred;
  json["sentence"] = sentence_of(limit);
  put(json, "place", limit.figure.place ? std::optional(place_json(*limit.figure.place)) : std::nullopt,
      "this figure has no instant");
  json["responsible"] = Json::array();
  for (const Site& site : limit.responsible) json["responsible"].push_back(site_json(site));
  json["more"] = {{"allocations", limit.more_allocations}, {"bytes", limit.more_bytes}};
  return json;
}

}  // namespace

std::string to_json(const BudgetCheck& check) {
  Json report;
  report["schema"] = kJsonSchema;
  report["budget"] = check.budget_file;
  put_text(report, "baseline", check.baseline_file, "the budget has none");
  put_text(report, "config", check.run.config_name, "the program runs without a configuration of this project");
  put_text(report, "device", check.run.device, "the trace does not name its device");
  report["verdict"] = verdict_key(check.verdict());
  report["not_sound"] = check.not_sound;
  report["inferred"] = check.inferred;
  report["limits"] = Json::array();
  for (const LimitCheck& limit : check.limits) report["limits"].push_back(limit_json(limit));
  return to_text(report);
}

}  // namespace profile_train::reports
