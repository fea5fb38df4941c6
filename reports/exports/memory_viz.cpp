// The snapshot that torch.cuda.memory._dump_snapshot() writes, for https://pytorch.org/memory_viz and the tools around
// it, as a pickle and as JSON. The keys are PyTorch's (torch/csrc/cuda/memory_snapshot.cpp, of 2.11), and so are the
// values that its viewer compares with.
//
// Three things that the viewer needs and its format does not say: an event's `category` colours it, and of a snapshot
// that has any, at least one must be "unknown", or the page stops with an error; a release is drawn once both halves of
// it, free_requested and free_completed, were seen; frames are shown as "file:line:name".

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "profiler/scope_path.h"
#include "reports/exports/format.h"
#include "reports/exports/segments.h"
#include "reports/exports/stacks.h"
#include "reports/exports/structured_writer.h"
#include "reports/format.h"

namespace profile_train::reports {
namespace {

struct Device {
  DeviceType type = DeviceType::cpu;
  std::uint8_t index = 0;
  bool is_of(const Event& event) const { return event.device == type && event.device_index == index; }
  bool is_that_of(const DeviceTotals& totals) const { return totals.device == type && totals.device_index == index; }
};

/// A list of traces by the number of the CUDA device; the CPU, which the format does not know, comes after them.
std::vector<Device> devices_of(const Analysis& analysis) {
  std::vector<Device> devices;
  bool cpu = false;
  for (const DeviceTotals& totals : analysis.summary.devices) {
    if (totals.device == DeviceType::cpu) {
      cpu = cpu || totals.allocations > 0;
      continue;
    }
    while (devices.size() <= totals.device_index)
      devices.push_back({DeviceType::cuda, static_cast<std::uint8_t>(devices.size())});
  }
  if (cpu || devices.empty()) devices.push_back({DeviceType::cpu, 0});
  return devices;
}

std::string_view file_of(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::module: return "module";
    case ScopeKind::op: return "operator";
    case ScopeKind::backward: return "backward";
    case ScopeKind::root: break;
  }
  return "";
}

std::int64_t microseconds(std::uint64_t time_ns) { return static_cast<std::int64_t>(time_ns / 1'000); }

/// The part of a pool's number that PyTorch has first is of CUDA graphs, the second of pools that programs make.
std::pair<std::int64_t, std::int64_t> pool_id(Bytes pool) {
  return pool > 0 ? std::pair<std::int64_t, std::int64_t>(pool, 0) : std::pair<std::int64_t, std::int64_t>(0, -pool);
}

class SnapshotWriter {
 public:
  SnapshotWriter(const Analysis& analysis, StructuredWriter& out)
      : analysis_(analysis), trace_(analysis.trace), out_(out), numbers_(trace_.scopes.size(), kNoNumber) {}

  void write() {
    const std::vector<Device> devices = devices_of(analysis_);
    out_.begin_dict();
    out_.key("segments");
    out_.begin_list();
    for (std::size_t i = 0; i < devices.size(); ++i) {
      for (const ReservedSegment& segment : segments_at_end(analysis_, devices[i].type, devices[i].index))
        write_segment(segment, devices[i], static_cast<std::int64_t>(i));
    }
    out_.end_list();
    out_.key("device_traces");
    out_.begin_list();
    for (const Device& device : devices) write_device_trace(device);
    out_.end_list();
    out_.key("allocator_settings");
    out_.begin_dict();
    out_.end_dict();
    write_annotations();
    write_provenance();
    out_.end_dict();
  }

 private:
  static constexpr std::uint32_t kNoNumber = 0xFFFFFFFF;

  void write_frame(std::string_view name, std::string_view file) {
    out_.begin_dict();
    out_.entry("name", name);
    out_.entry("filename", file);
    out_.entry("line", std::int64_t{0});
    out_.end_dict();
  }

  /// From the inside out, as PyTorch has them. Each stack is written once.
  void write_frames(ScopeId scope) {
    out_.key("frames");
    std::uint32_t& number = numbers_[scope];
    if (number == kNoNumber) number = next_number_++;
    if (out_.repeat(number)) return;
    out_.begin_list();
    for (ScopeId id = scope; id != 0; id = trace_.scopes[id].parent)
      write_frame(trace_.names[trace_.scopes[id].name], file_of(trace_.scopes[id].kind));
    out_.end_list();
  }

  struct Block {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    const Allocation* owner = nullptr;  ///< none: it is free
    bool awaited = false;               ///< the program let go of it, but a stream still uses it
  };

  /// How a segment is divided.
  struct Division {
    std::vector<Block> blocks;
    bool small = false;  ///< for requests up to 1 MiB
  };

  /// A segment as the allocator's replay divides it; none: there is no replay of it up to the end of the trace.
  std::optional<Division> replayed_division(const ReservedSegment& segment, const Device& device) const {
    const Summary& summary = analysis_.summary;
    if (!summary.allocator || !device.is_that_of(summary.devices.front())) return std::nullopt;
    const std::vector<AllocatorBlock>& all = summary.allocator->at_end;
    auto live = segment.live.begin();
    Division division;
    std::vector<Block>& blocks = division.blocks;
    std::uint64_t reached = segment.begin;
    auto block = std::ranges::lower_bound(all, segment.begin, {}, &AllocatorBlock::address);
    for (; block != all.end() && reached < segment.end && block->address == reached; ++block) {
      blocks.push_back(
          {.address = reached, .bytes = static_cast<std::uint64_t>(block->bytes), .awaited = block->awaited});
      reached += blocks.back().bytes;
      division.small = block->small;
      if (!block->in_use && !block->awaited) continue;
      if (live == segment.live.end() || analysis_.allocations[*live].address != block->address) return std::nullopt;
      blocks.back().owner = &analysis_.allocations[*live++];
    }
    if (reached != segment.end || live != segment.live.end()) return std::nullopt;
    return division;
  }

  /// From the trace alone, which has what was requested. A block is at least that, rounded up to 512 B; what the
  /// allocator left to it beyond, because the remainder was too small to split off, is shown as free.
  Division rounded_division(const ReservedSegment& segment) const {
    constexpr std::uint64_t kBlock = 512;
    constexpr std::uint64_t kSmallSegment = 2 << 20;
    Division division{.small = segment.end - segment.begin <= kSmallSegment};
    std::vector<Block>& blocks = division.blocks;
    std::uint64_t reached = segment.begin;
    for (std::size_t i = 0; i < segment.live.size(); ++i) {
      const Allocation& a = analysis_.allocations[segment.live[i]];
      const std::uint64_t limit =
          i + 1 < segment.live.size() ? analysis_.allocations[segment.live[i + 1]].address : segment.end;
      if (a.address < reached || limit <= a.address) continue;
      if (a.address > reached) blocks.push_back({.address = reached, .bytes = a.address - reached});
      const auto rounded = (static_cast<std::uint64_t>(std::max<Bytes>(a.bytes, 1)) + kBlock - 1) / kBlock * kBlock;
      const std::uint64_t size = std::min(rounded, limit - a.address);
      blocks.push_back({.address = a.address, .bytes = size, .owner = &a});
      reached = a.address + size;
    }
    if (reached < segment.end) blocks.push_back({.address = reached, .bytes = segment.end - reached});
    return division;
  }

  static std::string_view state_of(const Block& block) {
    if (block.owner == nullptr) return "inactive";
    return block.awaited ? "active_awaiting_free" : "active_allocated";
  }

  void write_segment(const ReservedSegment& segment, const Device& device, std::int64_t number) {
    const auto replayed = replayed_division(segment, device);
    (replayed ? exact_segments_ : rounded_segments_) += 1;
    const auto [blocks, small] = replayed ? *replayed : rounded_division(segment);
    std::int64_t allocated = 0;
    std::int64_t active = 0;
    std::int64_t requested = 0;
    for (const Block& block : blocks) {
      if (block.owner == nullptr) continue;
      active += static_cast<std::int64_t>(block.bytes);
      if (!block.awaited) allocated += static_cast<std::int64_t>(block.bytes);
      requested += block.owner->bytes;
    }
    const auto total = static_cast<std::int64_t>(segment.end - segment.begin);
    const auto [first, second] = pool_id(segment.arena.pool);
    out_.begin_dict();
    out_.entry("device", number);
    out_.entry("address", static_cast<std::int64_t>(segment.begin));
    out_.entry("total_size", total);
    out_.entry("allocated_size", allocated);
    out_.entry("active_size", active);
    out_.entry("requested_size", requested);
    out_.entry("stream", static_cast<std::int64_t>(segment.arena.stream));
    out_.entry("segment_type", std::string_view(small ? "small" : "large"));
    out_.key("segment_pool_id");
    out_.pair(first, second);
    out_.key("is_expandable");
    out_.boolean(segment.expandable);
    write_frames(0);
    out_.key("blocks");
    out_.begin_list();
    for (const Block& block : blocks) {
      out_.begin_dict();
      out_.entry("address", static_cast<std::int64_t>(block.address));
      out_.entry("size", static_cast<std::int64_t>(block.bytes));
      out_.entry("requested_size", block.owner != nullptr ? std::min(block.owner->bytes, Bytes(block.bytes))
                                                          : static_cast<std::int64_t>(block.bytes));
      out_.entry("state", state_of(block));
      write_frames(block.owner != nullptr ? block.owner->scope : 0);
      out_.end_dict();
    }
    out_.end_list();
    out_.end_dict();
  }

  void write_event(std::string_view action, std::uint64_t address, Bytes bytes, std::uint64_t stream,
                   std::uint64_t time_ns, ScopeId scope, Category category, std::string_view metadata = {}) {
    out_.begin_dict();
    out_.entry("action", action);
    out_.entry("addr", static_cast<std::int64_t>(address));
    out_.entry("size", bytes);
    out_.entry("stream", static_cast<std::int64_t>(stream));
    out_.entry("time_us", microseconds(time_ns));
    out_.entry("compile_context", std::string_view("N/A"));
    out_.entry("user_metadata", metadata);
    out_.entry("category", key_of(category));
    write_frames(scope);
    out_.end_dict();
  }

  std::string metadata_of(const Allocation& a) const {
    const TensorType& type = trace_.tensor_types[a.tensor_type];
    std::string text = trace_.names[a.name];
    const auto add = [&](std::string_view more) {
      if (!text.empty() && !more.empty()) text += " · ";
      text += more;
    };
    if (!type.dtype.empty()) add(format_tensor_type(type.dtype, type.sizes));
    if (a.carried_in) add("from before the recording");
    if (a.born_step > 0) add(fmt::format("step {}", a.born_step));
    add(to_string(a.born_phase));
    return text;
  }

  void write_device_trace(const Device& device) {
    SegmentTracker segments;
    std::unordered_map<std::uint64_t, std::uint32_t> live;  // by address
    std::unordered_map<std::uint64_t, bool> release_asked;  // addresses whose free_requested was written
    std::unordered_map<std::uint32_t, std::uint64_t> streams;
    std::uint32_t births = 0;
    auto death = analysis_.deaths.begin();

    out_.begin_list();
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const Event& event = trace_.events[i];
      const bool here = device.is_of(event);
      for (; death != analysis_.deaths.end() && analysis_.allocations[*death].died == i; ++death) {
        const Allocation& a = analysis_.allocations[*death];
        if (a.device != device.type || a.device_index != device.index) continue;
        const auto stream = streams.extract(*death);
        const std::uint64_t of = stream.empty() ? 0 : stream.mapped();
        if (release_asked.erase(a.address) == 0)
          write_event("free_requested", a.address, a.bytes, of, event.time_ns, event.scope, a.category);
        write_event("free_completed", a.address, a.bytes, of, event.time_ns, event.scope, a.category);
        live.erase(a.address);
      }
      switch (event.kind) {
        case EventKind::allocate:
        case EventKind::carried_in: {
          const std::uint32_t index = births++;
          if (!here) break;
          const Allocation& a = analysis_.allocations[index];
          const std::uint64_t stream = segments.arena(event.detail).stream;
          if (stream != 0) streams[index] = stream;
          live[event.address] = index;
          write_event("alloc", event.address, event.bytes, stream, event.time_ns, event.scope, a.category,
                      metadata_of(a));
          break;
        }
        case EventKind::free_requested:
          if (const auto owner = live.find(event.address); here && owner != live.end()) {
            const Allocation& a = analysis_.allocations[owner->second];
            const auto stream = streams.find(owner->second);
            release_asked[a.address] = true;
            write_event("free_requested", a.address, a.bytes, stream == streams.end() ? 0 : stream->second,
                        event.time_ns, event.scope, a.category);
          }
          break;
        case EventKind::segment_allocate:
        case EventKind::segment_free:
        case EventKind::segment_map:
        case EventKind::segment_unmap:
          if (here) {
            segments.follow(event);
            write_event(to_string_of_segment(event.kind), event.address, event.bytes,
                        segments.arena(event.detail).stream, event.time_ns, event.scope, Category::unknown);
          }
          break;
        case EventKind::out_of_memory:
          if (here) write_out_of_memory(event);
          break;
        default:
          if (here) segments.follow(event);
          break;
      }
    }
    // As PyTorch ends its history; it has no category either, and says so.
    const std::uint64_t end_ns = trace_.events.empty() ? 0 : trace_.events.back().time_ns;
    write_event("snapshot", 0, 0, 0, end_ns, 0, Category::unknown);
    out_.end_list();
  }

  static std::string_view to_string_of_segment(EventKind kind) {
    switch (kind) {
      case EventKind::segment_allocate: return "segment_alloc";
      case EventKind::segment_free: return "segment_free";
      case EventKind::segment_map: return "segment_map";
      default: return "segment_unmap";
    }
  }

  void write_out_of_memory(const Event& event) {
    out_.begin_dict();
    out_.entry("action", std::string_view("oom"));
    out_.entry("device_free", static_cast<std::int64_t>(event.address));
    out_.entry("size", event.bytes);
    out_.entry("stream", std::int64_t{0});
    out_.entry("time_us", microseconds(event.time_ns));
    out_.entry("compile_context", std::string_view("N/A"));
    out_.entry("user_metadata", std::string_view());
    write_frames(event.scope);
    out_.end_dict();
  }

  /// Phases, in the form in which PyTorch notes what programs annotate.
  void write_annotations() {
    out_.key("external_annotations");
    out_.begin_list();
    for (const PhaseSummary& phase : analysis_.summary.phases) {
      const std::string name = phase.step > 0 ? fmt::format("step {}: {}", phase.step, to_string(phase.phase))
                                              : std::string(to_string(phase.phase));
      for (const auto& [stage, time] : {std::pair("START", phase.start_ns), std::pair("END", phase.end_ns)}) {
        out_.begin_dict();
        out_.entry("stage", std::string_view(stage));
        out_.entry("name", std::string_view(name));
        out_.entry("device", std::int64_t{0});
        out_.entry("time_us", microseconds(time));
        out_.end_dict();
      }
    }
    out_.end_list();
  }

  /// A key of our own, which readers of this format skip.
  void write_provenance() {
    out_.key("profile_train");
    out_.begin_dict();
    out_.entry("inferred", std::string_view(trace_.inferred));
    out_.entry("block_sizes", block_sizes());
    out_.key("remarks");
    out_.begin_list();
    for (const std::string& remark : remarks_on(analysis_.summary)) out_.text(remark);
    out_.end_list();
    out_.end_dict();
  }

  /// Where the sizes of blocks come from, for readers who compare them.
  std::string block_sizes() const {
    if (rounded_segments_ == 0) return exact_segments_ == 0 ? "" : "exact, by a replay of the allocator";
    const auto& replay = analysis_.summary.allocator;
    std::string why = "only the device of the report is replayed";
    if (replay && !replay->why_not.empty()) why = replay->why_not;
    if (replay && !replay->disagreement.empty()) why = "the replay leaves the trace " + replay->disagreement;
    return fmt::format("requests rounded up to 512 B in {} of {} segments: {}", rounded_segments_,
                       rounded_segments_ + exact_segments_, why);
  }

  const Analysis& analysis_;
  const Trace& trace_;
  StructuredWriter& out_;
  std::int64_t exact_segments_ = 0;
  std::int64_t rounded_segments_ = 0;
  std::vector<std::uint32_t> numbers_;  ///< by scope: the number of its stack among those that were written
  std::uint32_t next_number_ = 0;
};

}  // namespace

void write_memory_viz_pickle(const Analysis& analysis, ByteSink& out) {
  PickleWriter pickle(out);
  SnapshotWriter(analysis, pickle).write();
}

void write_memory_viz_json(const Analysis& analysis, ByteSink& out) {
  JsonWriter json(out);
  SnapshotWriter(analysis, json).write();
}

}  // namespace profile_train::reports
