#include "hooks/caching_allocator.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "hooks/allocator_settings.h"
#include "hooks/arena_table.h"
#include "hooks/event_sink.h"
#include "hooks/library_workspaces.h"
#include "hooks/out_of_memory.h"

namespace profile_train::hooks {

namespace {

using c10::CachingDeviceAllocator::DeviceStats;
using c10::CachingDeviceAllocator::SegmentInfo;
using c10::CachingDeviceAllocator::TraceEntry;
using c10::cuda::CUDACachingAllocator::CUDAAllocator;

constexpr std::uint8_t kFirstCarriedArena = 64;  // carried in from another thread than the tracker's: numbers apart
static_assert(ArenaTable::kMaxArenas <= kFirstCarriedArena);

// The session's own snapshot, the mark where recording begins. LibTorch tells of one a device, in their order, and
// says "device 0" each time.
struct SnapshotUnderWay {
  bool awaited = false;
  std::size_t next_device = 0;
};
constinit thread_local SnapshotUnderWay snapshot_under_way;

// What the tracker knows of a device. Everything but `session` belongs to the device's lock.
struct DeviceLog {
  std::atomic<std::uint32_t> session{0};  ///< session that records this device: what came before is in its snapshot
  ArenaTable arenas;
};
constinit std::array<DeviceLog, kMaxCudaDevices> logs{};

// By name: a program may load LibTorch's CUDA part late, or do without it. Only virtual functions are called of what is
// found, so that nothing here needs to be linked with that part.
CUDAAllocator* cuda_allocator() noexcept {
  void* const allocator = dlsym(RTLD_DEFAULT, "_ZN3c104cuda20CUDACachingAllocator9allocatorE");
  return allocator == nullptr ? nullptr : static_cast<std::atomic<CUDAAllocator*>*>(allocator)->load();
}

Arena arena_of(void* stream, const c10::MempoolId_t& pool) noexcept {
  const auto [of_graph, of_program] = pool;
  return {.stream = reinterpret_cast<std::uint64_t>(stream),
          .pool = of_graph != 0 ? static_cast<Bytes>(of_graph) : -static_cast<Bytes>(of_program)};
}

std::size_t number_of(c10::DeviceIndex device) noexcept { return static_cast<std::uint8_t>(device); }

Event on_device(std::size_t device) noexcept {
  Event event;
  event.device = DeviceType::cuda;
  event.device_index = static_cast<std::uint8_t>(device);
  return event;
}

void define_arena(EventSink& sink, std::size_t device, const Arena& arena, std::uint8_t number, ReentryToken token) {
  Event event = on_device(device);
  event.kind = EventKind::arena;
  event.address = arena.stream;
  event.bytes = arena.pool;
  event.detail = number;
  sink.record(event, token);
}

std::optional<EventKind> kind_of(TraceEntry::Action action) noexcept {
  switch (action) {
    case TraceEntry::ALLOC: return EventKind::allocate;
    case TraceEntry::FREE_REQUESTED: return EventKind::free_requested;
    case TraceEntry::FREE_COMPLETED: return EventKind::free;
    case TraceEntry::SEGMENT_ALLOC: return EventKind::segment_allocate;
    case TraceEntry::SEGMENT_FREE: return EventKind::segment_free;
    case TraceEntry::SEGMENT_MAP: return EventKind::segment_map;
    case TraceEntry::SEGMENT_UNMAP: return EventKind::segment_unmap;
    case TraceEntry::OOM: return EventKind::out_of_memory;
    case TraceEntry::SNAPSHOT: break;
  }
  return std::nullopt;
}

bool is_release(EventKind kind) { return kind == EventKind::free || kind == EventKind::free_requested; }

void record_entry(const TraceEntry& entry, EventKind kind, EventSink& sink, DeviceLog& log,
                  ReentryToken token) noexcept {
  const auto device = number_of(entry.device_);
  Event event = on_device(device);
  event.kind = kind;
  event.address = entry.addr_;
  if (!is_release(kind)) {
    event.bytes = static_cast<Bytes>(entry.size_);
    const Arena arena = arena_of(entry.stream_, entry.mempool_);
    const auto [number, is_new] = log.arenas.find_or_add(arena);
    if (is_new) define_arena(sink, device, arena, number, token);
    event.detail = number;
  }
  if (kind == EventKind::allocate) thread_state().remember_fresh(event.address);
  sink.record(event, token);
}

// The tracker. Events of a device count from the session's snapshot on, which comes under the same lock as they do:
// what happened before it is in the snapshot, what happens after it is not.
void on_allocator_event(const TraceEntry& entry) noexcept {
  EventSink& sink = process_sink();
  const bool is_snapshot = entry.action_ == TraceEntry::SNAPSHOT;
  if (!sink.recording() || (is_snapshot && !snapshot_under_way.awaited)) return;
  const std::size_t device = is_snapshot ? snapshot_under_way.next_device++ : number_of(entry.device_);
  if (device >= logs.size()) return;
  DeviceLog& log = logs[device];
  if (is_snapshot) {
    log.arenas.clear();
    log.session = sink.session();
    return;
  }
  if (log.session.load(std::memory_order_relaxed) != sink.session()) return;
  const ReentryGuard guard;
  if (!guard) return;
  if (const auto kind = kind_of(entry.action_)) record_entry(entry, *kind, sink, log, guard.token());
}

void record_gauge(std::size_t device, Gauge gauge, Bytes bytes) {
  Event event = on_device(device);
  event.kind = EventKind::gauge;
  event.detail = static_cast<std::uint8_t>(gauge);
  event.bytes = bytes;
  process_sink().record(event);
}

// What the driver says of a device that is in use: asking about another would use it.
void record_device_memory(CUDAAllocator& allocator, std::size_t device) {
  const auto [free_bytes, total_bytes] = allocator.getMemoryInfo(static_cast<c10::DeviceIndex>(device));
  record_gauge(device, Gauge::device_used, static_cast<Bytes>(total_bytes - free_bytes));
  record_gauge(device, Gauge::device_total, static_cast<Bytes>(total_bytes));
}

// After the event, before the exception, outside of the allocator's locks.
void on_out_of_memory(std::int64_t device) noexcept {
  if (!process_sink().recording()) return;
  try {
    record_device_memory(*cuda_allocator(), static_cast<std::size_t>(device));
  } catch (...) {  // the driver does not answer: the report goes without
  }
  tell_of_failed_request();
}

void attach_to(CUDAAllocator& allocator) {
  static const bool attached = [&allocator] {
    allocator.attachAllocatorTraceTracker(on_allocator_event);
    allocator.attachOutOfMemoryObserver(
        [](std::int64_t device, std::size_t, std::size_t, std::size_t) { on_out_of_memory(device); });
    return true;
  }();
  static_cast<void>(attached);
}

// Memory that was live, or reserved, when the snapshot was taken.
class CarriedIn {
 public:
  explicit CarriedIn(EventSink& sink, ReentryToken token) : sink_(sink), token_(token) {}

  void record(const SegmentInfo& segment) {
    const auto device = number_of(segment.device);
    Event event = on_device(device);
    event.detail = arena_number(device, arena_of(segment.stream, segment.owner_private_pool_id));
    event.kind = segment.is_expandable ? EventKind::segment_map : EventKind::segment_allocate;
    event.address = segment.address;
    event.bytes = static_cast<Bytes>(segment.total_size);
    sink_.record(event, token_);
    record_blocks(segment, event);
    event.kind = EventKind::carried_in;
    for (const auto& block : segment.blocks) {
      event.bytes = static_cast<Bytes>(block.requested_size);
      if (block.active) sink_.record(event, token_);
      event.address += block.size;
    }
  }

 private:
  void record_blocks(const SegmentInfo& segment, Event event) {
    event.kind = EventKind::block;
    for (const auto& block : segment.blocks) {
      event.bytes = static_cast<Bytes>(block.size);
      event.detail = static_cast<std::uint8_t>(
          (block.allocated ? block_in_use : 0) | (block.active && !block.allocated ? block_awaited : 0) |
          (segment.is_large ? 0 : block_small) | (segment.is_expandable ? block_expandable : 0));
      sink_.record(event, token_);
      event.address += block.size;
    }
  }

  std::uint8_t arena_number(std::size_t device, const Arena& arena) {
    if (arena == Arena{}) return 0;
    for (std::size_t i = 0; i < known_.size(); ++i)
      if (known_[i] == std::pair{device, arena}) return static_cast<std::uint8_t>(kFirstCarriedArena + i);
    if (known_.size() < ArenaTable::kMaxArenas) known_.emplace_back(device, arena);
    const auto number = static_cast<std::uint8_t>(kFirstCarriedArena + known_.size() - 1);
    define_arena(sink_, device, arena, number, token_);
    return number;
  }

  EventSink& sink_;
  ReentryToken token_;
  std::vector<std::pair<std::size_t, Arena>> known_;
};

std::int64_t device_count() { return at::detail::getCUDAHooks().deviceCount(); }

void record_allocator_settings(CUDAAllocator& allocator, std::size_t device) {
  Event event = on_device(device);
  event.kind = EventKind::allocator_settings;
  event.name = process_sink().names.intern(
      settings_in_effect(allocator.getMemoryFraction(static_cast<c10::DeviceIndex>(device))));
  process_sink().record(event);
}

}  // namespace

bool cuda_is_in_use() noexcept {
  try {
    CUDAAllocator* const allocator = cuda_allocator();
    return allocator != nullptr && allocator->initialized();
  } catch (...) {
    return false;
  }
}

std::string CachingAllocatorHook::begin() try {
  if (begun_) return {};
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  CUDAAllocator* const allocator = cuda_allocator();
  if (allocator == nullptr) return "CUDA memory is not recorded: LibTorch's CUDA part is not loaded.";
  constexpr std::string_view kCachingAllocator = "native";
  if (const std::string name = allocator->name(); name != kCachingAllocator)
    return fmt::format(
        "CUDA memory is not recorded: LibTorch's allocator \"{}\" does not tell what it does; leave out the backend in "
        "PYTORCH_CUDA_ALLOC_CONF.",
        name);
  attach_to(*allocator);

  const auto devices = static_cast<std::size_t>(device_count());
  for (std::size_t i = 0; i < devices && i < kMaxCudaDevices; ++i) {
    const DeviceStats stats = allocator->getDeviceStats(static_cast<c10::DeviceIndex>(i));
    older_peak_bytes_[i] = stats.allocated_bytes[0].peak;
    has_older_peak_[i] = stats.allocated_bytes[0].peak > stats.allocated_bytes[0].current;
  }
  constexpr bool kWithHistory = false;
  snapshot_under_way = {.awaited = true};
  const auto snapshot = allocator->snapshot({0, 0}, kWithHistory);
  snapshot_under_way = {};
  for (std::size_t i = 0; i < devices && i < kMaxCudaDevices; ++i) record_allocator_settings(*allocator, i);
  {
    const ReentryGuard guard;
    CarriedIn carried_in(process_sink(), guard.token());
    for (const SegmentInfo& segment : snapshot.segments) carried_in.record(segment);
  }
  record_library_workspaces();
  begun_ = true;
  return {};
} catch (const std::exception& error) {
  snapshot_under_way = {};
  const std::string text = error.what();
  return fmt::format("CUDA memory is not recorded: {}.", text.substr(0, text.find('\n')));
}

void CachingAllocatorHook::end() try {
  if (!begun_) return;
  record_library_workspaces();
  CUDAAllocator& allocator = *cuda_allocator();
  const auto devices = static_cast<std::size_t>(device_count());
  for (std::size_t i = 0; i < devices && i < kMaxCudaDevices; ++i) {
    const auto device = static_cast<c10::DeviceIndex>(i);
    const DeviceStats stats = allocator.getDeviceStats(device);
    if (stats.reserved_bytes[0].peak == 0) continue;  // not used, and asking the driver about it would use it
    record_gauge(i, Gauge::allocator_requested_peak, stats.requested_bytes[0].peak);
    if (!has_older_peak_[i] || stats.allocated_bytes[0].peak > older_peak_bytes_[i])
      record_gauge(i, Gauge::allocator_allocated_peak, stats.allocated_bytes[0].peak);
    record_device_memory(allocator, i);
  }
} catch (const std::exception&) {  // a device that has failed says nothing of itself: its rungs stay "not measured"
}

}  // namespace profile_train::hooks
