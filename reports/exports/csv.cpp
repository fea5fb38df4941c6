// One line for each allocation, in the order of birth, for spreadsheets and data frames. RFC 4180; what is not known is
// empty.

#include <fmt/format.h>

#include <string>

#include "profiler/scope_path.h"
#include "reports/exports/format.h"
#include "reports/format.h"
#include "reports/json_writer.h"

namespace profile_train::reports {
namespace {

constexpr std::string_view kHeader =
    "allocation,device,address,bytes,category,category_from,role,name,dtype,sizes,module,operator,born_event,died_"
    "event,"
    "born_ns,died_ns,born_step,died_step,born_phase,died_phase,carried_in,live_at_peak\n";

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string sizes_of(const TensorType& type) {
  return type.dtype.empty() ? "" : fmt::format("{}", fmt::join(type.sizes, "x"));
}

}  // namespace

void write_allocations_csv(const Analysis& analysis, ByteSink& out) {
  const Trace& trace = analysis.trace;
  const ScopePaths paths(trace);
  out.write(kHeader);
  for (std::size_t i = 0; i < analysis.allocations.size(); ++i) {
    const Allocation& a = analysis.allocations[i];
    const TensorType& type = trace.tensor_types[a.tensor_type];
    const bool died = a.died != kNever;
    const std::string device =
        a.device == DeviceType::cpu ? "cpu" : fmt::format("cuda:{}", static_cast<int>(a.device_index));
    out.write(fmt::format("{},{},{:#x},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", i, device,
                          a.address, a.bytes, key_of(a.category), trace.inferred.empty() ? "recording" : "inference",
                          a.role == Role::none ? "" : std::string(to_string(a.role)), field(paths.name(a.name)),
                          field(type.dtype), sizes_of(type), field(paths.module(a.scope)), field(paths.op(a.scope)),
                          a.born, died ? fmt::to_string(a.died) : "", trace.events[a.born].time_ns,
                          died ? fmt::to_string(trace.events[a.died].time_ns) : "", a.born_step,
                          died ? fmt::to_string(a.died_step) : "", phase_key(a.born_phase),
                          died ? phase_key(a.died_phase) : "", a.carried_in ? 1 : 0,
                          a.alive_at(analysis.summary.peak.event) ? 1 : 0));
  }
}

}  // namespace profile_train::reports
