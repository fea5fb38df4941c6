#include "profiler/setup_json.h"
#include "reports/json.h"
#include "reports/json_model.h"

namespace profile_train::reports {
namespace {

Json row_json(const EstimateRow& row) {
  Json json;
  json["name"] = row.name;
  json["formula"] = row.formula;
  // A row is a count, a size or a ratio: what it is not has no key, since there is nothing that could be measured.
  if (row.count) json["count"] = *row.count;
  if (row.bytes) json["bytes"] = *row.bytes;
  if (row.ratio) put_number(json, "ratio", row.ratio, {});
  json["quoted"] = row.quoted;
  json["note"] = row.note;
  return json;
}

Json table_json(const EstimateTable& table) {
  Json json;
  json["title"] = table.title;
  json["rows"] = Json::array();
  for (const EstimateRow& row : table.rows) json["rows"].push_back(row_json(row));
  return json;
}

}  // namespace

std::string to_json(const Estimate& estimate) {
  constexpr std::string_view kNotRun = "an estimate runs nothing";
  ModelReasons reasons = estimate.why_not.empty() ? ModelReasons{} : ModelReasons::all(estimate.why_not);
  reasons.simulated = reasons.observed = reasons.residual = kNotRun;
  Json json;
  json["schema"] = kJsonSchema;
  if (!estimate.model.empty()) json["model_name"] = estimate.model;
  json["setup"] = profile_train::to_json(estimate.setup);
  json["parameters"] = {{"count", estimate.parameters}};
  json["model"] = Json::object();
  json["model"]["covered"] = estimate.why_not.empty();
  json["model"]["why_not"] = estimate.why_not;
  json["model"]["spike"] = instant_json(estimate.spike, reasons);
  json["model"]["peak"] = instant_json(estimate.peak, reasons);
  json["model"]["first_step_peak"] = instant_json(estimate.first_step_peak, reasons);
  json["tables"] = Json::array();
  for (const EstimateTable& table : estimate.tables) json["tables"].push_back(table_json(table));
  return to_text(json);
}

}  // namespace profile_train::reports
