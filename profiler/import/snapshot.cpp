#include "profiler/import/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace profile_train::import {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint32_t kNotSeen = 0xFFFFFFFF;
constexpr std::size_t kMostKeys = 64;      // of a dictionary that is looked into: PyTorch's have 11 at most
constexpr std::size_t kMostDevices = 256;  // an event has a byte for their number

struct ActionName {
  std::string_view name;
  std::optional<SnapshotAction> action;  ///< none: says nothing of memory
};
constexpr std::array kActions = {
    ActionName{"alloc", SnapshotAction::alloc},
    ActionName{"free_requested", SnapshotAction::free_requested},
    ActionName{"free_completed", SnapshotAction::free_completed},
    ActionName{"segment_alloc", SnapshotAction::segment_alloc},
    ActionName{"segment_free", SnapshotAction::segment_free},
    ActionName{"segment_map", SnapshotAction::segment_map},
    ActionName{"segment_unmap", SnapshotAction::segment_unmap},
    ActionName{"oom", SnapshotAction::out_of_memory},
    ActionName{"snapshot", std::nullopt},
    ActionName{"user_defined", std::nullopt},
    ActionName{"workspace_snapshot", std::nullopt},
};

/// Where a value is in the file, as Python would write it. Lives on the stack, and becomes a text only in an error.
struct Place {
  const Place* outer = nullptr;
  std::string_view key;  ///< empty: an element, with this index
  std::size_t index = 0;

  std::string text() const {
    if (outer == nullptr) return std::string(key);
    return key.empty() ? fmt::format("{}[{}]", outer->text(), index) : fmt::format("{}['{}']", outer->text(), key);
  }
};

/// Thrown and caught in this file: problems are found deep inside, and all end the reading.
struct Problem {
  std::string sentence;
};

class SnapshotReader {
 public:
  SnapshotReader(const Pickle& pickle, std::string_view name)
      : pickle_(pickle),
        name_(name),
        visits_left_(pickle.file_bytes()),
        stack_of_(pickle.containers(), kNotSeen),
        frame_of_(pickle.containers(), kNotSeen) {}

  Snapshot read() {
    const PickleValue& root = pickle_.root();
    if (root.kind != Kind::dict || find(root, "segments", {}) == nullptr || find(root, "device_traces", {}) == nullptr)
      throw Problem{fmt::format(
          "{} is a pickle, but not a memory snapshot: that is a dictionary with 'segments' and 'device_traces', as "
          "torch.cuda.memory._dump_snapshot() writes it",
          name_)};
    read_traces(*find(root, "device_traces", {}), {.key = "device_traces"});
    read_segments(*find(root, "segments", {}), {.key = "segments"});
    read_settings(root);
    const bool has_events =
        std::any_of(snapshot_.traces.begin(), snapshot_.traces.end(), [](const auto& trace) { return !trace.empty(); });
    if (!has_events && snapshot_.segments.empty())
      throw Problem{fmt::format(
          "{} has no history and no memory in it: call torch.cuda.memory._record_memory_history() before the training "
          "and _dump_snapshot() after it",
          name_)};
    return std::move(snapshot_);
  }

 private:
  [[noreturn]] void wrong(const Place& place, const std::string& what) const {
    throw Problem{fmt::format("{} is not a sound snapshot: {} {}", name_, place.text(), what)};
  }

  /// Elements may be shared, and shared again inside each other: a small file could keep a reader busy for years. An
  /// honest one takes more than a byte for each of them.
  void visit(const Place& place) {
    if (visits_left_ == 0) wrong(place, "repeats the same data again and again");
    --visits_left_;
  }

  const PickleValue* find(const PickleValue& dict, std::string_view key, const Place& place) const {
    const std::vector<PickleValue>& contents = pickle_.contents(dict);
    if (contents.size() > 2 * kMostKeys) wrong(place, fmt::format("has {} keys", contents.size() / 2));
    for (std::size_t i = contents.size(); i >= 2; i -= 2) {  // of a key that is there twice the last one counts
      const PickleValue& candidate = contents[i - 2];
      if (candidate.kind == Kind::text && pickle_.text(candidate) == key) return &contents[i - 1];
    }
    return nullptr;
  }

  const PickleValue& expect(const PickleValue& value, Kind kind, const Place& place) const {
    if (value.kind != kind) wrong(place, fmt::format("is of type {}, not {}", name_of(value.kind), name_of(kind)));
    return value;
  }
  const PickleValue& get(const PickleValue& dict, std::string_view key, Kind kind, const Place& place) const {
    const PickleValue* value = find(dict, key, place);
    if (value == nullptr) wrong(place, fmt::format("has no '{}'", key));
    return expect(*value, kind, {.outer = &place, .key = key});
  }
  std::int64_t integer(const PickleValue& dict, std::string_view key, const Place& place) const {
    return get(dict, key, Kind::integer, place).integer;
  }
  std::uint64_t address(const PickleValue& dict, std::string_view key, const Place& place) const {
    return static_cast<std::uint64_t>(integer(dict, key, place));
  }
  Bytes bytes(const PickleValue& dict, std::string_view key, const Place& place) const {
    constexpr Bytes kMost = Bytes{1} << 50;  // no device has a pebibyte; sums of such numbers do not overflow
    const Bytes value = integer(dict, key, place);
    if (value < 0 || value > kMost) wrong({.outer = &place, .key = key}, fmt::format("is {}", value));
    return value;
  }

  void read_traces(const PickleValue& traces, const Place& place) {
    const auto& devices = pickle_.contents(expect(traces, Kind::list, place));
    if (devices.size() > kMostDevices) wrong(place, fmt::format("has {} devices", devices.size()));
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const Place here{.outer = &place, .index = i};
      const auto& events = pickle_.contents(expect(devices[i], Kind::list, here));
      std::vector<SnapshotEvent>& trace = snapshot_.traces.emplace_back();
      for (std::size_t e = 0; e < events.size(); ++e) read_event(events[e], {.outer = &here, .index = e}, trace);
    }
  }

  void read_event(const PickleValue& event, const Place& place, std::vector<SnapshotEvent>& trace) {
    visit(place);
    expect(event, Kind::dict, place);
    const std::string_view name = pickle_.text(get(event, "action", Kind::text, place));
    const auto* known = std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return a.name == name; });
    if (known == kActions.end())
      wrong(place, fmt::format("has the action '{}', which this version does not know", name.substr(0, 40)));
    if (!known->action) return;
    const bool out_of_memory = *known->action == SnapshotAction::out_of_memory;
    SnapshotEvent read{.action = *known->action,
                       .address = address(event, out_of_memory ? "device_free" : "addr", place),
                       .bytes = bytes(event, "size", place)};
    if (find(event, "stream", place) != nullptr) read.stream = address(event, "stream", place);
    if (find(event, "time_us", place) != nullptr) read.time_us = integer(event, "time_us", place);
    if (const PickleValue* frames = find(event, "frames", place)) read.stack = stack(*frames, place);
    trace.push_back(read);
  }

  void read_segments(const PickleValue& segments, const Place& place) {
    const auto& all = pickle_.contents(expect(segments, Kind::list, place));
    for (std::size_t i = 0; i < all.size(); ++i) read_segment(all[i], {.outer = &place, .index = i});
  }

  void read_segment(const PickleValue& segment, const Place& place) {
    visit(place);
    expect(segment, Kind::dict, place);
    SnapshotSegment read{.address = address(segment, "address", place), .bytes = bytes(segment, "total_size", place)};
    const std::int64_t device = find(segment, "device", place) == nullptr ? 0 : integer(segment, "device", place);
    if (device < 0 || device >= static_cast<std::int64_t>(kMostDevices))
      wrong({.outer = &place, .key = "device"}, fmt::format("is {}", device));
    read.device = static_cast<std::uint8_t>(device);
    if (find(segment, "stream", place) != nullptr) read.stream = address(segment, "stream", place);
    if (const PickleValue* expandable = find(segment, "is_expandable", place))
      read.expandable = expandable->kind == Kind::boolean && expandable->integer != 0;
    if (const PickleValue* pool = find(segment, "segment_pool_id", place)) read.pool = pool_of(*pool);
    read_blocks(get(segment, "blocks", Kind::list, place), {.outer = &place, .key = "blocks"}, read);
    snapshot_.segments.push_back(std::move(read));
  }

  /// (number of a CUDA graph's pool, number of a pool that the program made): at most one of them is not 0.
  Bytes pool_of(const PickleValue& id) const {
    if (id.kind != Kind::tuple || pickle_.contents(id).size() != 2) return 0;
    const std::int64_t of_graph = pickle_.contents(id)[0].integer;
    const std::int64_t of_program = pickle_.contents(id)[1].integer;
    constexpr std::int64_t kMost = 1'000'000'000;
    const std::int64_t pool = of_graph != 0 ? of_graph : -std::clamp(of_program, -kMost, kMost);
    return std::clamp(pool, -kMost, kMost);
  }

  void read_blocks(const PickleValue& list, const Place& place, SnapshotSegment& segment) {
    std::uint64_t begin = segment.address;  // older snapshots have no addresses of blocks: each follows the one before
    const auto& blocks = pickle_.contents(list);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const Place here{.outer = &place, .index = i};
      visit(here);
      const PickleValue& block = expect(blocks[i], Kind::dict, here);
      const Bytes size = bytes(block, "size", here);
      if (find(block, "address", here) != nullptr) begin = address(block, "address", here);
      const std::string_view state = pickle_.text(get(block, "state", Kind::text, here));
      if (state == "active_allocated" || state == "active_pending_free" || state == "active_awaiting_free") {
        SnapshotBlock read{.address = begin, .requested_bytes = size};
        if (find(block, "requested_size", here) != nullptr) read.requested_bytes = bytes(block, "requested_size", here);
        if (const PickleValue* frames = find(block, "frames", here)) read.stack = stack(*frames, here);
        segment.blocks.push_back(read);
      }
      begin += static_cast<std::uint64_t>(size);
    }
  }

  /// Each list of frames is read once, however many events share it.
  StackId stack(const PickleValue& frames, const Place& place) {
    const Place here{.outer = &place, .key = "frames"};
    StackId& known = stack_of_[expect(frames, Kind::list, here).contents];
    if (known != kNotSeen) return known;
    std::vector<std::uint32_t> read;
    const auto& all = pickle_.contents(frames);
    for (std::size_t i = 0; i < all.size(); ++i) read.push_back(frame(all[i], {.outer = &here, .index = i}));
    if (read.empty()) return known = 0;
    known = static_cast<StackId>(snapshot_.stacks.size());
    snapshot_.stacks.push_back(std::move(read));
    return known;
  }

  std::uint32_t frame(const PickleValue& frame, const Place& place) {
    visit(place);
    std::uint32_t& known = frame_of_[expect(frame, Kind::dict, place).contents];
    if (known != kNotSeen) return known;
    known = static_cast<std::uint32_t>(snapshot_.frames.size());
    snapshot_.frames.push_back({.name = pickle_.text(get(frame, "name", Kind::text, place)),
                                .file = pickle_.text(get(frame, "filename", Kind::text, place)),
                                .line = integer(frame, "line", place)});
    return known;
  }

  void read_settings(const PickleValue& root) {
    const PickleValue* settings = find(root, "allocator_settings", {});
    if (settings == nullptr || settings->kind != Kind::dict) return;
    const PickleValue* text = find(*settings, "PYTORCH_CUDA_ALLOC_CONF", {.key = "allocator_settings"});
    if (text != nullptr && text->kind == Kind::text) snapshot_.settings = pickle_.text(*text);
  }

  const Pickle& pickle_;
  std::string_view name_;
  std::size_t visits_left_;
  std::vector<StackId> stack_of_;        ///< by number of the list
  std::vector<std::uint32_t> frame_of_;  ///< by number of the dict
  Snapshot snapshot_;
};

}  // namespace

Result<Snapshot> read_snapshot(const Pickle& pickle, std::string_view name) try {
  return SnapshotReader(pickle, name).read();
} catch (const Problem& problem) {
  return failure(problem.sentence);
}

}  // namespace profile_train::import
