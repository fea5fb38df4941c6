#include "reports/report_reader.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/json.h"
#include "reports/json_writer.h"

namespace profile_train::reports {
namespace {

using Object = nlohmann::json;

Phase phase_of(const std::string& key) {
  for (int i = 0; i < kPhases; ++i)
    if (phase_key(static_cast<Phase>(i)) == key) return static_cast<Phase>(i);
  return Phase::other;  // of a later version: its bytes count, its name is not known here
}

Category category_of(const std::string& key) {
  for (std::size_t i = 0; i < kCategories; ++i)
    if (key_of(category_at(i)) == key) return category_at(i);
  return Category::unknown;
}

/// null and a key that is not there are the same: not measured.
template <typename T>
std::optional<T> maybe(const Object& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? std::nullopt : std::optional<T>(found->get<T>());
}

std::string text(const Object& object, const char* key) { return maybe<std::string>(object, key).value_or(""); }

BytesByCategory categories_of(const Object& object) {
  BytesByCategory bytes{};
  for (const auto& [key, value] : object.items()) at(bytes, category_of(key)) += value.get<Bytes>();
  return bytes;
}

PeakInstant instant_of(const Object& object) {
  PeakInstant peak;
  peak.requested_bytes = object.at("requested_bytes").get<Bytes>();
  peak.event = object.at("event").get<EventIndex>();
  peak.time_ns = object.at("time_ns").get<std::uint64_t>();
  peak.step = object.at("step").get<std::int32_t>();
  peak.phase = phase_of(object.at("phase").get<std::string>());
  peak.op = text(object, "operator");
  peak.module = text(object, "module");
  peak.by_category = categories_of(object.at("by_category"));
  peak.residual_bytes = object.at("residual_bytes").get<Bytes>();
  return peak;
}

PhaseSummary phase_row_of(const Object& object) {
  PhaseSummary row;
  row.phase = phase_of(object.at("name").get<std::string>());
  row.step = object.at("step").get<std::int32_t>();
  row.start_bytes = object.at("start_bytes").get<Bytes>();
  row.peak_bytes = object.at("peak_bytes").get<Bytes>();
  row.end_bytes = object.at("end_bytes").get<Bytes>();
  row.first_event = object.at("first_event").get<EventIndex>();
  row.last_event = object.at("last_event").get<EventIndex>();
  return row;
}

StepSummary step_of(const Object& object) {
  StepSummary step;
  step.step = object.at("step").get<std::int32_t>();
  step.loss = maybe<double>(object, "loss");
  step.seconds = maybe<double>(object, "seconds").value_or(0.0);
  step.first_event = object.at("first_event").get<EventIndex>();
  step.last_event = object.at("last_event").get<EventIndex>();
  step.peak = instant_of(object.at("peak"));
  return step;
}

GrowthRow growth_of(const Object& object) {
  GrowthRow row;
  row.op = text(object, "operator");
  row.module = text(object, "module");
  row.phase = phase_of(object.at("phase").get<std::string>());
  row.category = category_of(object.at("category").get<std::string>());
  row.bytes_per_step = object.at("bytes_per_step").get<Bytes>();
  row.steps = object.at("steps").get<std::int64_t>();
  row.total_bytes = object.at("total_bytes").get<Bytes>();
  return row;
}

ModelInstant model_instant_of(const Object& object) {
  ModelInstant instant;
  instant.exact_bytes = maybe<Bytes>(object, "exact_bytes");
  instant.observed_bytes = maybe<Bytes>(object, "observed_bytes");
  instant.residual_bytes = maybe<Bytes>(object, "residual_bytes");
  return instant;
}

LiveAllocation live_of(const Object& object) {
  LiveAllocation live;
  live.bytes = object.at("bytes").get<Bytes>();
  live.category = category_of(object.at("category").get<std::string>());
  live.dtype = text(object, "dtype");
  live.sizes = maybe<std::vector<std::int64_t>>(object, "sizes").value_or(std::vector<std::int64_t>{});
  live.name = text(object, "name");
  live.module = text(object, "module");
  live.op = text(object, "operator");
  live.phase = phase_of(object.at("phase").get<std::string>());
  live.step = object.at("step").get<std::int32_t>();
  live.age_events = object.at("age_events").get<EventIndex>();
  live.carried_in = object.at("carried_in").get<bool>();
  return live;
}

LadderRung rung_of(const Object& object) {
  LadderRung rung;
  rung.rung = object.at("rung").get<std::string>();
  rung.bytes = maybe<Bytes>(object, "bytes");
  rung.why_not_measured = text(object, "why_not_measured");
  return rung;
}

Losses losses_of(const Object& object) {
  Losses losses;
  losses.dropped_events = object.at("dropped_events").get<std::uint64_t>();
  losses.dropped_scopes = object.at("dropped_scopes").get<std::uint64_t>();
  losses.unmatched_frees = object.at("unmatched_frees").get<std::uint64_t>();
  losses.unmatched_roles = object.at("unmatched_roles").get<std::uint64_t>();
  losses.implied_frees = object.at("implied_frees").get<std::uint64_t>();
  losses.data_dependent_reads = maybe<std::uint64_t>(object, "data_dependent_reads");
  losses.unimplemented_calls = maybe<std::uint64_t>(object, "unimplemented_calls");
  losses.cut = object.at("cut").get<bool>();
  losses.cut_reason = object.at("cut_reason").get<std::string>();
  return losses;
}

AllocatorInstant allocator_instant_of(const Object& object) {
  AllocatorInstant instant;
  instant.event = object.at("event").get<EventIndex>();
  instant.step = object.at("step").get<std::int32_t>();
  instant.phase = phase_of(object.at("phase").get<std::string>());
  instant.allocated_bytes = object.at("allocated_bytes").get<Bytes>();
  instant.reserved_bytes = object.at("reserved_bytes").get<Bytes>();
  instant.stuck_bytes = object.at("stuck_bytes").get<Bytes>();
  return instant;
}

AllocatorReplay allocator_of(const Object& object) {
  AllocatorReplay replay;
  replay.why_not = text(object, "why_not");
  replay.disagreement = text(object, "disagreement");
  if (!replay.why_not.empty()) return replay;
  replay.allocated_peak = allocator_instant_of(object.at("allocated_peak"));
  replay.reserved_peak = allocator_instant_of(object.at("reserved_peak"));
  return replay;
}

template <typename Read>
auto list_of(const Object& list, Read read) {
  std::vector<decltype(read(list))> values;
  for (const Object& one : list) values.push_back(read(one));
  return values;
}

Summary summary_of(const Object& report) {
  Summary summary;
  const Object& run = report.at("run");
  summary.header.config_name = text(run, "config");
  summary.header.device = text(run, "device");
  summary.header.config_text = text(run, "config_text");
  summary.header.started_at = text(run, "started_at");
  summary.header.libtorch_version = text(run.at("versions"), "libtorch");
  summary.footer.interrupted = run.at("interrupted").get<bool>();
  summary.footer.failure = run.at("failure").get<std::string>();
  summary.inferred = text(run, "inferred");
  summary.peak = instant_of(report.at("peak"));
  summary.category_peaks = categories_of(report.at("category_peaks"));
  summary.steps = list_of(report.at("steps"), step_of);
  summary.phases = list_of(report.at("phases"), phase_row_of);
  summary.growth = list_of(report.at("growth"), growth_of);
  summary.ladder = list_of(report.at("ladder"), rung_of);
  summary.losses = losses_of(report.at("losses"));
  summary.live_at_peak = list_of(report.at("live_at_peak"), live_of);
  if (const auto allocator = report.find("allocator"); allocator != report.end())
    summary.allocator = allocator_of(*allocator);
  const Object& model = report.at("model");
  summary.model.why_not = text(model, "why_not");
  summary.model.spike = model_instant_of(model.at("spike"));
  summary.model.peak = model_instant_of(model.at("peak"));
  summary.model.first_step_peak = model_instant_of(model.at("first_step_peak"));
  return summary;
}

}  // namespace

Result<Summary> read_report(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  if (!stream) return failure(fmt::format("{}: cannot be read; name a report.json of an earlier run", file.string()));
  try {
    const Object report = Object::parse(content.str());
    if (const auto version = report.at("schema").get<int>(); version != kJsonSchema)
      return failure(
          fmt::format("{}: a report of version {}, and this program reads version {}; make it again with "
                      "profile-train report TRACE --json",
                      file.string(), version, kJsonSchema));
    return summary_of(report);
  } catch (const Object::exception& error) {
    return failure(
        fmt::format("{}: this is no report of profile-train: {}; make one with profile-train report TRACE "
                    "--json",
                    file.string(), error.what()));
  }
}

}  // namespace profile_train::reports
