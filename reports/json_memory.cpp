#include "reports/json_memory.h"

#include <algorithm>

#include "reports/json_place.h"

namespace profile_train::reports {
namespace {

constexpr std::size_t kMaxLive = 100;
constexpr std::string_view kNoShape = "the same was not made there in an earlier step";

std::string evidence_key(Remedy::Evidence evidence) {
  switch (evidence) {
    case Remedy::Evidence::replay: return "replay";
    case Remedy::Evidence::model: return "model";
    case Remedy::Evidence::arithmetic: break;
  }
  return "live_set";
}

Json remedy_json(const Remedy& remedy) {
  Json json;
  json["change"] = remedy.change;
  json["frees_bytes"] = remedy.frees_bytes;
  put(json, "is_enough", remedy.is_enough,
      remedy.note.empty() ? "what the allocator would make of it is not known" : remedy.note);
  json["evidence"] = evidence_key(remedy.evidence);
  json["note"] = remedy.note;
  return json;
}

}  // namespace

Json category_json(const BytesByCategory& bytes) {
  Json object = Json::object();
  for (std::size_t i = 0; i < kCategories; ++i) object[std::string(key_of(category_at(i)))] = bytes[i];
  return object;
}

Json live_json(const LiveAllocation& live) {
  Json json;
  json["bytes"] = live.bytes;
  json["category"] = key_of(live.category);
  put_tensor(json, live.dtype, live.sizes);
  put_tensor_name(json, live.name);
  put_birthplace(json, live.module, live.op);
  json["phase"] = phase_key(live.phase);
  json["step"] = live.step;
  json["age_events"] = live.age_events;
  json["carried_in"] = live.carried_in;
  return json;
}

Json out_of_memory_json(const OutOfMemory& failed) {
  Json json;
  json["device"] = "cuda:" + std::to_string(failed.device_index);
  json["request_bytes"] = failed.request_bytes;
  put_text(json, "dtype", failed.dtype, kNoShape);
  put(json, "sizes", failed.dtype.empty() ? std::nullopt : std::optional(failed.sizes), kNoShape);
  json["device_free_bytes"] = failed.device_free_bytes;
  json["requested_bytes"] = failed.requested_bytes;
  json["reserved_bytes"] = failed.reserved_bytes;
  json["step"] = failed.step;
  json["phase"] = phase_key(failed.phase);
  put_running(json, failed.op, failed.module);
  json["event"] = failed.event;
  json["time_ns"] = failed.time_ns;
  json["by_category"] = category_json(failed.by_category);
  json["live_allocations"] = failed.live.size();
  json["live"] = Json::array();
  for (std::size_t i = 0; i < std::min(failed.live.size(), kMaxLive); ++i)
    json["live"].push_back(live_json(failed.live[i]));
  json["remedies"] = Json::array();
  for (const Remedy& remedy : failed.remedies) json["remedies"].push_back(remedy_json(remedy));
  return json;
}

}  // namespace profile_train::reports
