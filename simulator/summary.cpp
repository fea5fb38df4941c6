#include "simulator/summary.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "simulator/entry_point.h"
#include "simulator/message.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string command_of_process() {
  std::ifstream file("/proc/self/cmdline");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  while (!text.empty() && text.back() == '\0') text.pop_back();
  for (char& c : text) {
    if (c == '\0') c = ' ';
  }
  return text;
}

Json devices(const Simulation& sim) {
  Json list = Json::array();
  for (int device = 0; device < sim.settings.devices; ++device) {
    const DeviceUsage driver = sim.memory.usage(device);
    const AllocatorPeaks allocator = sim.allocator.peaks(device);
    list.push_back({{"device", device},
                    {"requested_peak_bytes", or_null(allocator.requested_bytes)},
                    {"allocated_peak_bytes", or_null(allocator.allocated_bytes)},
                    {"reserved_peak_bytes", or_null(allocator.reserved_bytes)},
                    {"driver_peak_bytes", driver.peak_bytes},
                    {"driver_bytes_at_end", driver.used_bytes},
                    {"step_of_peak", or_null(allocator.step)}});
  }
  return list;
}

Json read(const ReadSite& site) {
  return {{"kind", name_of(site.kind)}, {"operation", site.operation}, {"source", site.source},
          {"answer", site.answer},      {"times", site.times},         {"bytes", site.bytes}};
}

Json memory(const std::vector<Coverage::Counted>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    const char* const taken_by = entry.taken_by == TakenBy::program ? "program" : "library";
    list.push_back({{"what", entry.what}, {"times", entry.times}, {"taken_by", taken_by}});
  }
  return list;
}

Json counted(const std::vector<Coverage::Counted>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back({{"what", entry.what}, {"times", entry.times}});
  return list;
}

}  // namespace

std::string summary_json(std::string_view stopped_because) {
  const Simulation& sim = simulation();
  Json reads = Json::array();
  for (const ReadSite& site : sim.reads.sites()) reads.push_back(read(site));
  const auto latest = sim.reads.latest();
  const Json summary = {
      {"schema", 1},
      {"process", {{"pid", getpid()}, {"command", command_of_process()}}},
      {"card", {{"key", sim.settings.card.key}, {"name", sim.settings.card.name}}},
      {"memory_bytes", sim.settings.unlimited_memory ? Json(nullptr) : Json(sim.settings.device_bytes())},
      {"rank", sim.settings.rank},
      {"world_size", sim.settings.world_size},
      {"devices", devices(sim)},
      {"pinned_peak_bytes", sim.memory.pinned_usage().peak_bytes},
      {"launches", sim.launches.total()},
      {"steps", sim.allocator.steps()},
      {"shape_steering_reads", sim.reads.count(ReadKind::shape)},
      {"reads", reads},
      {"latest_read", latest ? read(*latest) : Json(nullptr)},
      {"calls_not_implemented", counted(sim.coverage.calls_not_implemented())},
      {"memory_not_included", memory(sim.coverage.memory_not_included())},
      {"notes", sim.coverage.notes()},
      {"stopped_because", stopped_because.empty() ? Json(nullptr) : Json(stopped_because)},
  };
  return summary.dump(2, ' ', false, Json::error_handler_t::replace);
}

void write_summary(std::string_view stopped_because) {
  const Simulation& sim = simulation();
  if (getpid() != sim.process) return;  // a forked child: the summary is its parent's
  if (sim.settings.summary_folder.empty()) return;
  // Under another name first: whoever reads the folder never sees half a file.
  const std::filesystem::path final_name =
      std::filesystem::path(sim.settings.summary_folder) / (std::to_string(getpid()) + ".json");
  const std::filesystem::path temporary = final_name.string() + ".part";
  std::ofstream(temporary) << summary_json(stopped_because) << '\n';
  std::error_code error;
  std::filesystem::rename(temporary, final_name, error);
  if (error) say("the summary could not be written to {}: {}", final_name.string(), error.message());
}

}  // namespace profile_train::simulator

// What a profiler in the same process asks for; see hooks/simulated_device.cpp.
SIMULATED std::uint64_t profile_train_simcuda_shape_reads() {
  return profile_train::simulator::simulation().reads.count(profile_train::simulator::ReadKind::shape);
}
SIMULATED std::uint64_t profile_train_simcuda_calls_not_implemented() {
  return profile_train::simulator::simulation().coverage.calls_not_implemented().size();
}
