#include "reports/json.h"

#include "reports/diff/diff.h"
#include "reports/json_place.h"
#include "reports/json_writer.h"

namespace profile_train::reports {
namespace {

constexpr std::string_view kNotThere = "this run does not have it";

Json side_json(const DiffSide& side) {
  Json json;
  json["file"] = side.file;
  put_text(json, "config", side.header.config_name, "the program runs without a configuration of this project");
  put_text(json, "device", side.header.device, "the trace does not name its device");
  put_text(json, "libtorch", side.header.libtorch_version, "the trace does not say");
  json["steps"] = side.steps;
  put_number(json, "seconds_per_step", side.seconds_per_step, "needs two steps");
  json["peak"] = {{"requested_bytes", side.peak.requested_bytes},
                  {"step", side.peak.step},
                  {"phase", phase_key(side.peak.phase)},
                  {"event", side.peak.event}};
  put_running(json["peak"], side.peak.op, side.peak.module);
  json["not_sound"] = side.not_sound;
  json["inferred"] = side.inferred;
  return json;
}

Json pairs_json(const std::vector<FigurePair>& pairs) {
  Json list = Json::array();
  for (const FigurePair& pair : pairs) {
    Json json;
    json["name"] = pair.name;
    put(json, "old_bytes", pair.before, kNotThere);
    put(json, "new_bytes", pair.after, kNotThere);
    put(json, "change_bytes", pair.change(), "one of the runs does not have it");
    list.push_back(std::move(json));
  }
  return list;
}

Json type_json(const std::string& dtype, const std::vector<std::int64_t>& sizes) {
  return dtype.empty() ? Json(nullptr) : Json{{"dtype", dtype}, {"sizes", sizes}};
}

Json site_json(const SiteDiff& site) {
  Json json;
  json["change"] = to_string(site.change);
  json["category"] = key_of(site.category);
  json["operator"] = site.op;
  json["operator_before"] = site.op_before;
  json["module"] = site.module;
  json["name"] = site.name;
  json["phase"] = phase_key(site.phase);
  json["type"] = type_json(site.dtype, site.sizes);
  json["type_before"] = type_json(site.dtype_before, site.sizes_before);
  json["old_count"] = site.count_before;
  json["new_count"] = site.count_after;
  json["old_bytes"] = site.bytes_before;
  json["new_bytes"] = site.bytes_after;
  json["change_bytes"] = site.bytes_changed();
  return json;
}

}  // namespace

std::string to_json(const Diff& diff) {
  Json report;
  report["schema"] = kJsonSchema;
  report["old"] = side_json(diff.before);
  report["new"] = side_json(diff.after);
  report["change_bytes"] = diff.change();
  report["peak_moved"] = diff.peak_moved;
  report["settings"] = Json::array();
  for (const SettingDiff& setting : diff.settings)
    report["settings"].push_back({{"key", setting.key}, {"old", setting.before}, {"new", setting.after}});
  report["peaks"] = pairs_json(diff.peaks);
  report["categories"] = pairs_json(diff.categories);
  report["category_peaks"] = pairs_json(diff.category_peaks);
  report["phases"] = pairs_json(diff.phases);
  report["modules"] = pairs_json(diff.modules);
  report["sites"] = Json::array();
  for (const SiteDiff& site : diff.sites) report["sites"].push_back(site_json(site));
  return to_text(report);
}

}  // namespace profile_train::reports
