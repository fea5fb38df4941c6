// Takes out of a trace what differs from run to run of the same program: times, process, folders, addresses, losses,
// and what others use of the card. What is left is what allocator and driver did, in their order. For
// scripts/golden-traces:
//
//     normalise_trace IN OUT DEVICE      DEVICE: card and versions, for the header

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "profiler/trace_reader.h"
#include "profiler/trace_writer.h"

namespace {

using namespace profile_train;

/// Small numbers instead of addresses, in the order in which they come; what lies in a segment keeps its distance to
/// the segment's beginning, and CPU tensors are numbered one by one.
class Addresses {
 public:
  void segment(std::uint64_t begin, Bytes bytes) {
    segments_[begin] = {static_cast<std::uint64_t>(bytes), renamed(begin)};
  }
  /// What comes at this address next has another name.
  void forget(std::uint64_t address) { names_.erase(address); }
  std::uint64_t operator()(std::uint64_t address) {
    if (address == 0) return 0;
    auto inside = segments_.upper_bound(address);
    if (inside != segments_.begin()) {
      --inside;
      const std::uint64_t offset = address - inside->first;
      if (offset < inside->second.bytes) return inside->second.name + offset;
    }
    return renamed(address);
  }

 private:
  static constexpr std::uint64_t kRoom = std::uint64_t{1} << 40;  // no segment is larger
  struct Segment {
    std::uint64_t bytes = 0;
    std::uint64_t name = 0;
  };
  std::uint64_t renamed(std::uint64_t address) {
    const auto [name, is_new] = names_.try_emplace(address, (named_ + 1) * kRoom);
    if (is_new) ++named_;
    return name->second;
  }

  std::map<std::uint64_t, Segment> segments_;
  std::map<std::uint64_t, std::uint64_t> names_;
  std::uint64_t named_ = 0;
};

/// Readings of the card that depend on other programs, or come when they are due by the clock.
bool varies(const Event& event) {
  return event.kind == EventKind::gauge &&
         (event.gauge() == Gauge::device_used || event.gauge() >= Gauge::process_peak);
}

/// Memory of the host, of which malloc decides where it is and which of it comes again.
bool is_born_in_host_memory(const Event& event) {
  if (event.kind == EventKind::driver_allocate) return event.driver_memory() == DriverMemory::pinned;
  return event.kind == EventKind::allocate && event.device == DeviceType::cpu;
}

/// What is released at the end of the program comes in the order of a hash table of addresses.
void cut_after_last_step(std::vector<Event>& events) {
  const auto last = std::find_if(events.rbegin(), events.rend(),
                                 [](const Event& event) { return event.kind == EventKind::step_end; });
  events.erase(std::remove_if(last.base(), events.end(), [](const Event& e) { return e.kind != EventKind::gauge; }),
               events.end());
}

void normalise(Trace& trace, std::string device) {
  trace.header.device = std::move(device);
  trace.header.command.clear();
  trace.header.started_at.clear();
  trace.header.process_id = 0;
  std::erase_if(trace.events, varies);
  cut_after_last_step(trace.events);
  trace.footer = {.events = trace.events.size(),
                  .simulated = trace.footer.simulated,
                  .driver_recorded = trace.footer.driver_recorded};
  Addresses addresses;
  std::map<std::uint32_t, std::uint32_t> threads;
  std::uint64_t number = 0;
  for (Event& event : trace.events) {
    constexpr std::uint64_t kNsBetweenEvents = 1000;
    event.time_ns = ++number * kNsBetweenEvents;
    if (event.kind == EventKind::metric) event.bytes = 0;  // the last bits of a sum
    if (is_born_in_host_memory(event)) addresses.forget(event.address);
    event.thread = threads.try_emplace(event.thread, static_cast<std::uint32_t>(threads.size() + 1)).first->second;
    if (event.kind == EventKind::segment_allocate || event.kind == EventKind::segment_map)
      addresses.segment(event.address, event.bytes);
    if (event.kind == EventKind::driver_map)
      event.bytes = static_cast<Bytes>(addresses(static_cast<std::uint64_t>(event.bytes)));  // a handle
    if (event.kind != EventKind::out_of_memory) event.address = addresses(event.address);
  }
}

int complain(const std::string& sentence) {
  fmt::print(stderr, "normalise_trace: {}\n", sentence);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return complain("three arguments are needed: a trace, the file to write, and the device.");
  auto trace = read_trace(argv[1]);
  if (!trace) return complain(trace.error().message);
  if (trace->cut) return complain(fmt::format("{} is cut: {}", argv[1], trace->cut_reason));
  normalise(*trace, argv[3]);
  const bool overwrite = true;
  auto writer = TraceWriter::create(argv[2], trace->header, overwrite);
  if (!writer) return complain(writer.error().message);
  TraceWriter& out = **writer;
  for (std::size_t id = 1; id < trace->names.size(); ++id) out.define_name(static_cast<NameId>(id), trace->names[id]);
  for (std::size_t id = 1; id < trace->scopes.size(); ++id)
    out.define_scope(static_cast<ScopeId>(id), trace->scopes[id]);
  for (std::size_t id = 1; id < trace->tensor_types.size(); ++id)
    out.define_tensor_type(static_cast<TensorTypeId>(id), trace->tensor_types[id]);
  if (const auto written = out.append(trace->events); !written) return complain(written.error().message);
  if (const auto finished = out.finish(trace->footer); !finished) return complain(finished.error().message);
  return 0;
}
