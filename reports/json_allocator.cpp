#include "reports/json_allocator.h"

#include "reports/json_memory.h"

namespace profile_train::reports {
namespace {

Json instant_of(const AllocatorInstant& instant) {
  Json json;
  json["event"] = instant.event;
  json["step"] = instant.step;
  json["phase"] = phase_key(instant.phase);
  json["requested_bytes"] = instant.requested_bytes;
  json["allocated_bytes"] = instant.allocated_bytes;
  json["reserved_bytes"] = instant.reserved_bytes;
  json["unused_bytes"] = instant.unused_bytes();
  json["inactive_split_bytes"] = instant.inactive_split_bytes;
  json["stuck_bytes"] = instant.stuck_bytes;
  json["largest_free_bytes"] = instant.largest_free_bytes;
  return json;
}

Json held_of(const HeldSegment& held) {
  Json json;
  json["stuck_bytes"] = held.stuck_bytes;
  json["in_use_bytes"] = held.in_use_bytes;
  json["allocations"] = held.allocations;
  json["largest"] = live_json(held.largest);
  return json;
}

Json unserved_of(const UnservedRequest& request) {
  Json json;
  json["event"] = request.event;
  json["step"] = request.step;
  json["phase"] = phase_key(request.phase);
  put_text(json, "operator", request.op, "requested outside every operator");
  put_text(json, "module", request.module, "requested outside every module");
  json["out_of_memory"] = request.out_of_memory;
  json["requested_bytes"] = request.requested_bytes;
  json["block_bytes"] = request.block_bytes;
  json["segment_bytes"] = request.segment_bytes;
  json["pool"] = request.small_pool ? "small" : "large";
  json["stream"] = request.stream;
  json["memory_pool"] = request.memory_pool;
  json["free_bytes"] = request.free_bytes;
  json["largest_free_bytes"] = request.largest_free_bytes;
  json["free_elsewhere_bytes"] = request.free_elsewhere_bytes;
  json["stuck_bytes"] = request.stuck_bytes;
  put(json, "device_free_bytes", request.device_free_bytes, "the driver is asked when a request fails");
  json["why"] = request.why;
  json["held"] = Json::array();
  for (const HeldSegment& held : request.held) json["held"].push_back(held_of(held));
  return json;
}

}  // namespace

void put_allocator(Json& report, const Summary& summary) {
  if (!summary.allocator) return;
  const AllocatorReplay& replay = *summary.allocator;
  Json json;
  json["agrees"] = replay.agrees();
  json["why_not"] = replay.why_not;
  json["disagreement"] = replay.disagreement;
  report["allocator"] = std::move(json);
  if (!replay.why_not.empty()) return;
  Json& known = report["allocator"];
  known["events"] = replay.events;
  known["settings"] = replay.settings;
  known["emptied"] = replay.emptied;
  known["at_peak"] = instant_of(replay.at_peak);
  known["allocated_peak"] = instant_of(replay.allocated_peak);
  known["reserved_peak"] = instant_of(replay.reserved_peak);
  known["over_time"] = Json::array();
  for (const AllocatorInstant& instant : replay.over_time) known["over_time"].push_back(instant_of(instant));
  known["unserved_requests"] = replay.unserved_requests;
  known["unserved"] = Json::array();
  for (const UnservedRequest& request : replay.unserved) known["unserved"].push_back(unserved_of(request));
}

}  // namespace profile_train::reports
