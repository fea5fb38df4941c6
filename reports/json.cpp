#include "reports/json.h"

#include "profiler/mode_names.h"
#include "profiler/setup_json.h"
#include "reports/json_allocator.h"
#include "reports/json_checkpoints.h"
#include "reports/json_driver.h"
#include "reports/json_memory.h"
#include "reports/json_model.h"
#include "reports/json_place.h"
#include "reports/json_writer.h"
#include "reports/setup_text.h"

namespace profile_train::reports {
namespace {

template <typename T, typename ToJson>
Json list_of(const std::vector<T>& values, ToJson to_one) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_one(value));
  return list;
}

Json run_of(const Summary& summary) {
  const TraceHeader& header = summary.header;
  const std::string no_setup = "the program did not describe its training setup";
  Json run;
  put_text(run, "config", header.config_name, "the program runs without a configuration of this project");
  put_text(run, "device", header.device, "the trace does not name its device");
  put(run, "precision", header.setup ? std::optional(names_of(header.setup->precision).key) : std::nullopt, no_setup);
  run["steps"] = summary.steps.size();
  run["versions"] = Json::object();
  put_text(run["versions"], "profile_train", header.tool_version, "the trace does not say");
  put_text(run["versions"], "libtorch", header.libtorch_version, "the trace does not say");
  put_text(run, "command", header.command, "the trace does not say");
  put_text(run, "started_at", header.started_at, "the trace does not say");
  put_text(run, "clock", header.clock, "the trace does not say");
  put(run, "setup", header.setup ? std::optional(profile_train::to_json(*header.setup)) : std::nullopt, no_setup);
  put_text(run, "config_text", header.config_text, "the program runs without a configuration of this project");
  run["interrupted"] = summary.footer.interrupted;
  run["failed"] = !summary.footer.failure.empty();
  run["failure"] = summary.footer.failure;
  run["inferred"] = summary.inferred;
  return run;
}

void put_instant(Json& object, const PeakInstant& peak) {
  object["step"] = peak.step;
  object["phase"] = phase_key(peak.phase);
  put_running(object, peak.op, peak.module);
  object["event"] = peak.event;
  object["time_ns"] = peak.time_ns;
  object["by_category"] = category_json(peak.by_category);
  object["residual_bytes"] = peak.residual_bytes;
}

/// A rung of the ladder also appears in `peak`, where a comparison of runs looks for it.
void put_rung(Json& object, const std::string& key, const Summary& summary, std::string_view rung_name) {
  for (const LadderRung& rung : summary.ladder) {
    if (rung.rung == rung_name) {
      put(object, key, rung.bytes, rung.why_not_measured.empty() ? "not measured" : rung.why_not_measured);
      return;
    }
  }
  put<Bytes>(object, key, std::nullopt, "this device has no caching allocator");
}

Json peak_of(const Summary& summary) {
  Json peak;
  peak["requested_bytes"] = summary.peak.requested_bytes;
  put_rung(peak, "allocated_bytes", summary, "allocated");
  put_rung(peak, "reserved_bytes", summary, "reserved");
  peak["is_lower_bound"] = summary.losses.peak_is_lower_bound();
  put_instant(peak, summary.peak);
  return peak;
}

Json device_of(const DeviceTotals& totals) {
  Json json;
  json["device"] = device_name(totals);
  json["live_bytes"] = totals.live_bytes;
  json["peak_bytes"] = totals.peak_bytes;
  json["allocated_bytes"] = totals.allocated_bytes;
  json["allocations"] = totals.allocations;
  if (totals.reserved_peak_bytes > 0) json["reserved_peak_bytes"] = totals.reserved_peak_bytes;
  return json;
}

Json step_of(const StepSummary& step) {
  Json json;
  json["step"] = step.step;
  put_number(json, "loss", step.loss, "the program recorded no metric called \"loss\" in this step");
  put_number(json, "seconds", step.seconds, "not measured");
  json["peak_requested_bytes"] = step.peak.requested_bytes;
  json["first_event"] = step.first_event;
  json["last_event"] = step.last_event;
  json["peak"] = Json::object();
  json["peak"]["requested_bytes"] = step.peak.requested_bytes;
  put_instant(json["peak"], step.peak);
  return json;
}

Json phase_of(const PhaseSummary& phase) {
  Json json;
  json["name"] = phase_key(phase.phase);
  json["step"] = phase.step;
  json["start_bytes"] = phase.start_bytes;
  json["peak_bytes"] = phase.peak_bytes;
  json["end_bytes"] = phase.end_bytes;
  json["events"] = phase.events;
  json["first_event"] = phase.first_event;
  json["last_event"] = phase.last_event;
  json["start_ns"] = phase.start_ns;
  json["end_ns"] = phase.end_ns;
  json["end_by_category"] = category_json(phase.end_by_category);
  return json;
}

Json attribution_of(const AttributionRow& row) {
  Json json;
  json["name"] = row.name;
  json["at_peak_bytes"] = row.at_peak_bytes;
  json["allocated_bytes"] = row.allocated_bytes;
  json["allocations"] = row.allocations;
  return json;
}

Json growth_of(const GrowthRow& row) {
  Json json;
  json["phase"] = phase_key(row.phase);
  json["category"] = key_of(row.category);
  put_birthplace(json, row.module, row.op);
  json["bytes_per_step"] = row.bytes_per_step;
  json["steps"] = row.steps;
  json["total_bytes"] = row.total_bytes;
  return json;
}

Json model_of(const ModelComparison& model) {
  ModelReasons reasons = model.why_not.empty() ? ModelReasons{} : ModelReasons::all(model.why_not);
  if (!model.why_not_simulated.empty()) reasons.simulated = model.why_not_simulated;
  Json json;
  json["compared"] = model.why_not.empty();
  json["why_not"] = model.why_not;
  put_text(json, "simulated_on", model.simulated_on, reasons.simulated);
  json["terms"] = terms_json(model.terms, reasons);
  json["spike"] = instant_json(model.spike, reasons);
  json["peak"] = instant_json(model.peak, reasons);
  json["first_step_peak"] = instant_json(model.first_step_peak, reasons);
  return json;
}

Json losses_of(const Losses& losses) {
  Json json;
  json["dropped_events"] = losses.dropped_events;
  json["dropped_scopes"] = losses.dropped_scopes;
  json["unmatched_frees"] = losses.unmatched_frees;
  json["unmatched_roles"] = losses.unmatched_roles;
  json["implied_frees"] = losses.implied_frees;
  json["cut"] = losses.cut;
  json["cut_reason"] = losses.cut_reason;
  put(json, "data_dependent_reads", losses.data_dependent_reads, kNotSimulated);
  put(json, "unimplemented_calls", losses.unimplemented_calls, kNotSimulated);
  return json;
}

Json overhead_of(const Overhead& overhead) {
  Json json;
  json["events"] = overhead.events;
  put_number(json, "ns_per_event", overhead.ns_per_event, "no hook call of this trace was timed");
  put(json, "profiler_bytes", overhead.profiler_bytes, "the trace ended before its last chunk, which has this");
  put_number(json, "step_time_share", overhead.step_time_share, "needs timed hook calls and complete steps");
  return json;
}

}  // namespace

std::string to_json(const Summary& summary) {
  Json report;
  report["schema"] = kJsonSchema;
  report["run"] = run_of(summary);
  report["parameters"] = {{"count", summary.parameters.count},
                          {"tensors", summary.parameters.tensors},
                          {"bytes", summary.parameters.bytes}};
  report["peak"] = peak_of(summary);
  report["category_peaks"] = category_json(summary.category_peaks);
  report["devices"] = list_of(summary.devices, device_of);
  report["steps"] = list_of(summary.steps, step_of);
  report["phases"] = list_of(summary.phases, phase_of);
  report["model"] = model_of(summary.model);
  put_checkpoints(report, summary);
  report["ladder"] = list_of(summary.ladder, rung_json);
  put_driver(report, summary);
  put_allocator(report, summary);
  report["out_of_memory"] = list_of(summary.out_of_memory, out_of_memory_json);
  report["losses"] = losses_of(summary.losses);
  report["overhead"] = overhead_of(summary.overhead);
  report["growth"] = list_of(summary.growth, growth_of);
  report["carried_in"] = {{"bytes", summary.carried_in_bytes}, {"allocations", summary.carried_in_allocations}};
  report["alive_at_end_bytes"] = summary.alive_at_end_bytes;
  report["warnings"] = summary.warnings;
  report["modules"] = list_of(summary.modules, attribution_of);
  report["operators"] = list_of(summary.operators, attribution_of);
  report["live_at_peak"] = list_of(summary.live_at_peak, live_json);
  return to_text(report);
}

}  // namespace profile_train::reports
