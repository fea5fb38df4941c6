#include "cli/simulation_record.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <utility>

namespace profile_train::cli {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

template <class T>
std::optional<T> optional(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

DevicePeaks device(const Json& json) {
  return {.device = json.at("device").get<int>(),
          .requested_bytes = optional<std::int64_t>(json.at("requested_peak_bytes")),
          .allocated_bytes = optional<std::int64_t>(json.at("allocated_peak_bytes")),
          .reserved_bytes = optional<std::int64_t>(json.at("reserved_peak_bytes")),
          .step = optional<std::int64_t>(json.at("step_of_peak")),
          .driver_bytes = json.at("driver_peak_bytes").get<std::int64_t>()};
}

ValueRead value_read(const Json& json) {
  return {.kind = json.at("kind").get<std::string>(),
          .operation = json.at("operation").get<std::string>(),
          .source = json.at("source").get<std::string>(),
          .answer = json.at("answer").get<std::string>(),
          .times = json.at("times").get<std::int64_t>()};
}

std::vector<CountedText> counted(const Json& json) {
  std::vector<CountedText> list;
  for (const Json& entry : json) {
    list.push_back({.what = entry.at("what").get<std::string>(),
                    .times = entry.at("times").get<std::int64_t>(),
                    .by_library = entry.value("taken_by", "program") == "library"});
  }
  return list;
}

ProcessRecord process(const Json& json) {
  ProcessRecord record;
  record.process = json.at("process").at("pid").get<pid_t>();
  record.command = json.at("process").at("command").get<std::string>();
  for (const Json& entry : json.at("devices")) record.devices.push_back(device(entry));
  record.pinned_peak_bytes = json.at("pinned_peak_bytes").get<std::int64_t>();
  record.launches = json.at("launches").get<std::int64_t>();
  record.steps = json.at("steps").get<std::int64_t>();
  for (const Json& entry : json.at("reads")) record.reads.push_back(value_read(entry));
  if (!json.at("latest_read").is_null()) record.latest_read = value_read(json.at("latest_read"));
  record.calls_not_implemented = counted(json.at("calls_not_implemented"));
  record.memory_not_included = counted(json.at("memory_not_included"));
  record.notes = json.at("notes").get<std::vector<std::string>>();
  record.stopped_because = optional<std::string>(json.at("stopped_because")).value_or("");
  record.json = json;
  return record;
}

}  // namespace

std::int64_t ProcessRecord::driver_bytes() const {
  return std::transform_reduce(devices.begin(), devices.end(), std::int64_t{0}, std::plus<>(),
                               [](const DevicePeaks& peaks) { return peaks.driver_bytes; });
}

Json SimulationRecord::json() const {
  Json list = Json::array();
  for (const ProcessRecord& entry : processes) list.push_back(entry.json);
  return {{"schema", 1},
          {"command", command},
          {"card", {{"key", settings.card.key}, {"name", settings.card.name}}},
          {"memory_bytes", settings.unlimited_memory ? Json(nullptr) : Json(settings.device_bytes())},
          {"devices", settings.devices},
          {"exit_code", end.signal == 0 ? Json(end.exit_code) : Json(nullptr)},
          {"signal", end.signal == 0 ? Json(nullptr) : Json(end.signal)},
          {"interrupted", end.interrupted},
          {"seconds", end.seconds},
          {"real_gpu_present", real_gpu},
          {"processes", list}};
}

void read_processes(const fs::path& folder, SimulationRecord& record) {
  std::error_code ignored;  // without the folder nobody wrote
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    try {
      record.processes.push_back(process(Json::parse(stream)));
    } catch (const Json::exception&) {
      record.unreadable.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(record.processes, [&](const ProcessRecord& a, const ProcessRecord& b) {
    const auto order = [&](const ProcessRecord& p) {
      return std::tuple(p.process != record.end.process, -p.driver_bytes(), p.process);
    };
    return order(a) < order(b);
  });
}

}  // namespace profile_train::cli
