// Runs the import of PyTorch's snapshots over bytes that libFuzzer invents. Whatever they are, it must give a trace
// whose ids all resolve, or an error that names the file; never a crash, a leak, or time and memory out of proportion.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "profiler/import/import_snapshot.h"

namespace {

using namespace profile_train;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Trace& trace) {
  require(!trace.inferred.empty());
  require(trace.footer.events == trace.events.size());
  for (std::size_t id = 1; id < trace.scopes.size(); ++id) {
    require(trace.scopes[id].parent < id);
    require(trace.scopes[id].name < trace.names.size());
  }
  std::uint64_t last_ns = 0;
  for (const Event& event : trace.events) {
    require(event.scope < trace.scopes.size() && event.name < trace.names.size());
    require(static_cast<int>(event.kind) < kEventKinds);
    require(event.kind == EventKind::arena || event.bytes >= 0);
    require(event.time_ns >= last_ns);
    last_ns = event.time_ns;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const import::PickleLimits limits{.memory_bytes = 64 << 20, .depth = 100};
  const auto trace = import::import_snapshot({data, size}, "fuzz.pickle", limits);
  if (trace)
    check(*trace);
  else
    require(trace.error().message.find("fuzz.pickle") == 0);
  return 0;
}
