#include "reports/json_model.h"

namespace profile_train::reports {
namespace {

Json term_json(const ModelTerm& term, const ModelReasons& reasons) {
  Json json;
  json["name"] = term.name;
  json["formula"] = term.formula;
  put(json, "stated_bytes", term.stated_bytes, reasons.stated);
  put(json, "corrected_bytes", term.corrected_bytes, reasons.corrected);
  put(json, "exact_bytes", term.exact_bytes, reasons.exact);
  put(json, "simulated_bytes", term.simulated_bytes, reasons.simulated);
  put(json, "observed_bytes", term.observed_bytes, reasons.observed);
  put(json, "residual_bytes", term.residual_bytes, reasons.residual);
  json["note"] = term.note;
  return json;
}

std::optional<std::string> key_of(const std::optional<Phase>& phase) {
  return phase ? std::optional(phase_key(*phase)) : std::nullopt;
}

}  // namespace

Json terms_json(const std::vector<ModelTerm>& terms, const ModelReasons& reasons) {
  Json list = Json::array();
  for (const ModelTerm& term : terms) list.push_back(term_json(term, reasons));
  return list;
}

Json instant_json(const ModelInstant& instant, const ModelReasons& reasons) {
  Json json;
  json["where"] = instant.where;
  json["step"] = instant.step;
  put(json, "stated_bytes", instant.stated_bytes, reasons.stated);
  put(json, "corrected_bytes", instant.corrected_bytes, reasons.corrected);
  put(json, "exact_bytes", instant.exact_bytes, reasons.exact);
  put(json, "simulated_bytes", instant.simulated_bytes, reasons.simulated);
  put(json, "observed_bytes", instant.observed_bytes, reasons.observed);
  put(json, "residual_bytes", instant.residual_bytes, reasons.residual);
  put(json, "exact_phase", key_of(instant.exact_phase), reasons.exact);
  put(json, "observed_phase", key_of(instant.observed_phase), reasons.observed);
  json["terms"] = terms_json(instant.terms, reasons);
  return json;
}

}  // namespace profile_train::reports
