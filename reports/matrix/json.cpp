#include "reports/json.h"

#include "reports/json_memory.h"
#include "reports/json_writer.h"
#include "reports/matrix/matrix.h"

namespace profile_train::reports {
namespace {

std::optional<std::string> key_of(const std::optional<Phase>& phase) {
  return phase ? std::optional(phase_key(*phase)) : std::nullopt;
}

Json run_json(const MatrixRun& run) {
  const std::string no_model = run.why_no_model.empty() ? "the exact model does not predict it" : run.why_no_model;
  Json json;
  json["peak_requested_bytes"] = run.peak.requested_bytes;
  json["by_category"] = category_json(run.peak.by_category);
  put(json, "allocated_bytes", run.allocated_bytes, "this device has no caching allocator");
  put(json, "reserved_bytes", run.reserved_bytes, "this device has no caching allocator");
  put_number(json, "seconds_per_step", run.seconds_per_step, "needs two steps");
  put(json, "exact_bytes", run.exact_bytes, no_model);
  put(json, "residual_bytes", run.residual_bytes, no_model);
  put(json, "corrected_bytes", run.corrected_bytes,
      run.why_no_model.empty() ? "the corrected formula is not for this mode" : run.why_no_model);
  put(json, "stated_bytes", run.stated_bytes, no_model);
  put(json, "spike_residual_bytes", run.spike_residual_bytes, no_model);
  put(json, "predicted_phase", key_of(run.predicted_phase), no_model);
  put(json, "observed_phase", key_of(run.observed_phase), no_model);
  json["not_sound"] = run.not_sound;
  json["report"] = run.report;
  return json;
}

}  // namespace

std::string to_json(const Matrix& matrix) {
  Json report;
  report["schema"] = kJsonSchema;
  report["config"] = matrix.config;
  report["device"] = matrix.device;
  report["keys"] = matrix.keys;
  report["rows"] = Json::array();
  for (const MatrixRow& row : matrix.rows) {
    Json json;
    json["settings"] = Json::object();
    for (std::size_t i = 0; i < matrix.keys.size(); ++i) json["settings"][matrix.keys[i]] = row.values[i];
    put(json, "run", row.run ? std::optional(run_json(*row.run)) : std::nullopt,
        row.failure.empty() ? "it did not run" : row.failure);
    json["failure"] = row.failure;
    put(json, "saved_bytes", matrix.saved(row), "this row or the first has no complete run");
    report["rows"].push_back(std::move(json));
  }
  return to_text(report);
}

}  // namespace profile_train::reports
