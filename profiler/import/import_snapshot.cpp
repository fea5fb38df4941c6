#include "profiler/import/import_snapshot.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>

#include "profiler/import/beginning.h"
#include "profiler/import/inferred_roles.h"
#include "profiler/import/phase_inference.h"
#include "profiler/import/stack_scopes.h"
#include "profiler/version.h"

namespace profile_train::import {
namespace {

/// An event of the history with the device it is of.
struct Item {
  std::uint8_t device = 0;
  const SnapshotEvent* event = nullptr;
};

/// The histories of all devices as one, by time; each keeps its own order, which is the allocator's.
std::vector<Item> merged(const Snapshot& snapshot) {
  std::vector<Item> items;
  std::vector<std::size_t> next(snapshot.traces.size());
  while (true) {
    std::size_t earliest = snapshot.traces.size();
    for (std::size_t d = 0; d < snapshot.traces.size(); ++d) {
      if (next[d] == snapshot.traces[d].size()) continue;
      if (earliest == snapshot.traces.size() ||
          snapshot.traces[d][next[d]].time_us < snapshot.traces[earliest][next[earliest]].time_us)
        earliest = d;
    }
    if (earliest == snapshot.traces.size()) return items;
    items.push_back({static_cast<std::uint8_t>(earliest), &snapshot.traces[earliest][next[earliest]++]});
  }
}

/// Numbers of streams and pools on each device, as events carry them.
class Arenas {
 public:
  struct Number {
    std::uint8_t number = 0;
    bool fresh = false;
  };
  Number number_of(std::uint8_t device, std::uint64_t stream, Bytes pool) {
    std::vector<std::pair<std::uint64_t, Bytes>>& known = of_device_[device];
    if (known.empty()) known.emplace_back(0, 0);
    const auto found = std::find(known.begin(), known.end(), std::pair(stream, pool));
    if (found != known.end()) return {static_cast<std::uint8_t>(found - known.begin()), false};
    if (known.size() > 0xFF) return {};  // the format has a byte for it; bytes and addresses are right all the same
    known.emplace_back(stream, pool);
    return {static_cast<std::uint8_t>(known.size() - 1), true};
  }

 private:
  std::unordered_map<std::uint8_t, std::vector<std::pair<std::uint64_t, Bytes>>> of_device_;
};

constexpr std::string_view kInferred =
    "Imported from a PyTorch snapshot: phases are inferred from stack frames, steps from phases, and categories from "
    "lifetimes and sizes; nobody recorded what the tensors are.";
constexpr std::string_view kNoStacks =
    "Imported from a PyTorch snapshot without stack frames: phases and steps are not known, and categories only as far "
    "as "
    "lifetimes tell; record with stacks='all' to know more.";

class Import {
 public:
  explicit Import(const Snapshot& snapshot) : snapshot_(snapshot), items_(merged(snapshot)), stacks_(snapshot, trace_) {
    for (std::size_t d = 0; d < devices(); ++d) beginnings_.push_back(beginning_of(snapshot_, d));
  }

  Trace run() {
    find_phases();
    find_lives();
    roles_ = infer_roles(lives_, phases_);
    emit_beginning();
    for (std::size_t i = 0; i < items_.size(); ++i) emit(i);
    set_phase(Phase::other);
    describe();
    return std::move(trace_);
  }

 private:
  std::size_t devices() const { return snapshot_.traces.size(); }

  static bool is_allocation(const Item& item) { return item.event->action == SnapshotAction::alloc; }

  void find_phases() {
    const auto allocations = std::count_if(items_.begin(), items_.end(), is_allocation);
    const auto with_stack = std::count_if(items_.begin(), items_.end(),
                                          [](const Item& i) { return is_allocation(i) && i.event->stack != 0; });
    stacks_recorded_ = with_stack > 0 && with_stack >= allocations / 4;
    PhaseInference inference(stacks_recorded_);
    phases_.reserve(items_.size());
    for (const Item& item : items_)
      phases_.push_back(
          inference.next(is_allocation(item), item.event->stack == 0, stacks_.evidence(item.event->stack)));
  }

  /// Lives in the order in which they are emitted: what was there before, then births.
  void find_lives() {
    std::vector<std::unordered_map<std::uint64_t, std::size_t>> owners(devices());
    for (std::size_t d = 0; d < devices(); ++d)
      for (const Beginning::Block& block : beginnings_[d].blocks) {
        owners[d][block.address] = lives_.size();
        lives_.push_back({.bytes = block.bytes, .device = static_cast<std::uint8_t>(d), .carried_in = true});
      }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const SnapshotEvent& event = *items_[i].event;
      auto& owner = owners[items_[i].device];
      const bool dies = event.action == SnapshotAction::free_completed || event.action == SnapshotAction::alloc;
      if (const auto former = owner.find(event.address); dies && former != owner.end()) {
        lives_[former->second].died = static_cast<std::uint32_t>(i);
        owner.erase(former);
      }
      if (event.action != SnapshotAction::alloc) continue;
      owner[event.address] = lives_.size();
      lives_.push_back({.bytes = event.bytes,
                        .born = static_cast<std::uint32_t>(i),
                        .device = items_[i].device,
                        .workspace = stacks_.evidence(event.stack).workspace});
    }
  }

  Event event_on(std::uint8_t device, EventKind kind) const {
    Event event;
    event.kind = kind;
    event.time_ns = now_ns_;
    event.thread = 1;
    event.device = DeviceType::cuda;
    event.device_index = device;
    return event;
  }

  std::uint8_t arena(std::uint8_t device, std::uint64_t stream, Bytes pool) {
    const Arenas::Number arena = arenas_.number_of(device, stream, pool);
    if (arena.fresh) {
      Event event = event_on(device, EventKind::arena);
      event.address = stream;
      event.bytes = pool;
      event.detail = arena.number;
      trace_.events.push_back(event);
    }
    return arena.number;
  }

  void put(std::uint8_t device, EventKind kind, std::uint64_t address, Bytes bytes, std::uint8_t detail,
           StackId stack) {
    Event event = event_on(device, kind);
    event.address = address;
    event.bytes = bytes;
    event.detail = detail;
    event.scope = stacks_.scope(stack);
    trace_.events.push_back(event);
  }

  void put_role(std::uint8_t device, std::uint64_t address) {
    const Role role = roles_[next_life_++];
    if (role != Role::none) put(device, EventKind::role, address, 0, static_cast<std::uint8_t>(role), 0);
  }

  void emit_beginning() {
    if (!snapshot_.settings.empty()) {
      Event event = event_on(0, EventKind::allocator_settings);
      event.name = stacks_.name(std::string(snapshot_.settings));
      trace_.events.push_back(event);
    }
    for (std::size_t d = 0; d < devices(); ++d) {
      const auto device = static_cast<std::uint8_t>(d);
      for (const Beginning::Segment& s : beginnings_[d].segments)
        put(device, s.expandable ? EventKind::segment_map : EventKind::segment_allocate, s.address, s.bytes,
            arena(device, s.stream, s.pool), 0);
      for (const Beginning::Block& block : beginnings_[d].blocks) {
        put(device, EventKind::carried_in, block.address, block.bytes, arena(device, block.stream, 0), block.stack);
        put_role(device, block.address);
      }
    }
  }

  void set_phase(Phase phase) {
    if (phase == open_phase_) return;
    const auto mark = [&](EventKind kind, Phase of) {
      Event event = event_on(0, kind);
      event.detail = static_cast<std::uint8_t>(of);
      trace_.events.push_back(event);
    };
    if (open_phase_ != Phase::other) mark(EventKind::phase_end, open_phase_);
    if (phase != Phase::other) mark(EventKind::phase_begin, phase);
    open_phase_ = phase;
  }

  void emit(std::size_t position) {
    const Item& item = items_[position];
    const SnapshotEvent& event = *item.event;
    const std::int64_t since_us = event.time_us - items_.front().event->time_us;
    // A clock that was set back must not let time run backwards here.
    if (since_us > 0) now_ns_ = std::max(now_ns_, static_cast<std::uint64_t>(since_us) * 1'000);
    set_phase(phases_[position]);
    const auto segment = [&](EventKind kind) {
      put(item.device, kind, event.address, event.bytes, arena(item.device, event.stream, 0), event.stack);
    };
    switch (event.action) {
      case SnapshotAction::alloc:
        segment(EventKind::allocate);
        put_role(item.device, event.address);
        break;
      case SnapshotAction::free_requested:
        put(item.device, EventKind::free_requested, event.address, 0, 0, event.stack);
        break;
      case SnapshotAction::free_completed: put(item.device, EventKind::free, event.address, 0, 0, event.stack); break;
      case SnapshotAction::segment_alloc: segment(EventKind::segment_allocate); break;
      case SnapshotAction::segment_free: segment(EventKind::segment_free); break;
      case SnapshotAction::segment_map: segment(EventKind::segment_map); break;
      case SnapshotAction::segment_unmap: segment(EventKind::segment_unmap); break;
      case SnapshotAction::out_of_memory:
        put(item.device, EventKind::out_of_memory, event.address, event.bytes, 0, event.stack);
        break;
    }
  }

  void describe() {
    trace_.header.tool_version = kVersion;
    trace_.header.device = "cuda, PyTorch snapshot";
    constexpr std::int64_t kYear2000 = 946'684'800;
    constexpr std::int64_t kYear2200 = 7'258'118'400;
    if (!items_.empty())
      if (const std::int64_t start = items_.front().event->time_us / 1'000'000; start > kYear2000 && start < kYear2200)
        trace_.header.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(start)));
    trace_.footer.events = trace_.events.size();
    trace_.inferred = stacks_recorded_ ? kInferred : kNoStacks;
    if (items_.empty())
      trace_.footer.limitation = "The snapshot has no history: it tells what was live when it was taken, and no peak.";
    std::uint64_t contradictions = 0;
    for (const Beginning& beginning : beginnings_) contradictions += beginning.contradictions;
    if (contradictions > 0)
      trace_.footer.limitation = fmt::format(
          "History and final state of the snapshot disagree about {} blocks: figures may be wrong by those.",
          contradictions);
  }

  const Snapshot& snapshot_;
  Trace trace_;
  std::vector<Item> items_;
  StackScopes stacks_;
  std::vector<Beginning> beginnings_;  ///< by device
  std::vector<Phase> phases_;          ///< by item
  std::vector<Life> lives_;
  std::vector<Role> roles_;  ///< by life
  Arenas arenas_;
  std::size_t next_life_ = 0;
  std::uint64_t now_ns_ = 0;
  Phase open_phase_ = Phase::other;
  bool stacks_recorded_ = false;
};

}  // namespace

Result<Trace> import_snapshot(std::span<const std::uint8_t> file, std::string_view name,
                              const PickleLimits& limits) try {
  const auto pickle = read_pickle(file, name, limits);
  if (!pickle) return failure(pickle.error().message);
  const auto snapshot = read_snapshot(*pickle, name);
  if (!snapshot) return failure(snapshot.error().message);
  return Import(*snapshot).run();
} catch (const std::bad_alloc&) {
  return failure(fmt::format("{} does not fit into memory; read it on a machine with more", name));
}

}  // namespace profile_train::import
