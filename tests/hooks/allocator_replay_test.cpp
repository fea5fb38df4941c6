// The model of the caching allocator against the allocator itself, on a simulated card: random requests, streams,
// releases and settings; after every event the bytes allocated and reserved, and every few steps all segments, blocks
// and counters, must be the same. PROFILE_TRAIN_ALLOCATOR_SEQUENCES says how many sequences,
// PROFILE_TRAIN_ALLOCATOR_SEED where the seeds begin.

#include <ATen/cuda/MemPool.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "hooks/session.h"
#include "profiler/allocator/layout.h"
#include "profiler/allocator/trace_replay.h"
#include "profiler/trace_reader.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;
namespace torch_allocator = c10::cuda::CUDACachingAllocator;

using allocator::BlockState;
using allocator::SegmentLayout;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

std::int64_t number_from_environment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::atoll(text);
}

/// What the allocator tells a profiler at each allocation and release: its totals.
class Totals final : public c10::MemoryReportingInfoBase {
 public:
  struct Seen {
    Bytes allocated;
    Bytes reserved;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  void reportMemoryUsage(void* /*address*/, std::int64_t /*bytes*/, std::size_t allocated, std::size_t reserved,
                         c10::Device device) override {
    if (device.is_cuda()) seen.push_back({static_cast<Bytes>(allocated), static_cast<Bytes>(reserved)});
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::vector<Seen> seen;
};

/// The allocator at one instant.
struct Snapshot {
  std::vector<SegmentLayout> segments;
  std::vector<Bytes> counters;
};

std::vector<SegmentLayout> segments_of(const torch_allocator::SnapshotInfo& snapshot) {
  std::vector<SegmentLayout> segments;
  for (const auto& from : snapshot.segments) {
    if (from.device != 0) continue;
    SegmentLayout& segment = segments.emplace_back();
    segment.address = from.address;
    segment.bytes = static_cast<Bytes>(from.total_size);
    segment.arena.stream = reinterpret_cast<std::uint64_t>(from.stream);
    const auto [of_graph, of_program] = from.owner_private_pool_id;
    segment.arena.pool = of_graph != 0 ? static_cast<Bytes>(of_graph) : -static_cast<Bytes>(of_program);
    segment.small = !from.is_large;
    segment.expandable = from.is_expandable;
    for (const auto& block : from.blocks)
      segment.parts.push_back({.bytes = static_cast<Bytes>(block.size),
                               .requested_bytes = block.active ? static_cast<Bytes>(block.requested_size) : 0,
                               .state = block.allocated ? BlockState::in_use
                                        : block.active  ? BlockState::awaited
                                                        : BlockState::free});
  }
  return segments;
}

std::vector<Bytes> counters_of(const c10::CachingDeviceAllocator::DeviceStats& stats) {
  return {stats.requested_bytes[0].current,
          stats.allocated_bytes[0].current,
          stats.active_bytes[0].current,
          stats.reserved_bytes[0].current,
          stats.allocation[0].current,
          stats.active[0].current,
          stats.segment[0].current,
          stats.inactive_split[0].current,
          stats.inactive_split_bytes[0].current,
          stats.num_ooms};
}

std::vector<Bytes> counters_of(const allocator::Levels& levels) {
  return {levels.requested_bytes.now, levels.allocated_bytes.now,       levels.active_bytes.now,
          levels.reserved_bytes.now,  levels.allocations.now,           levels.active_blocks.now,
          levels.segments.now,        levels.inactive_split_blocks.now, levels.inactive_split_bytes.now,
          levels.out_of_memory};
}

std::string told(const SegmentLayout& segment) {
  std::string text =
      fmt::format("{:#x} {} B stream {:#x} pool {} {}{}:", segment.address, segment.bytes, segment.arena.stream,
                  segment.arena.pool, segment.small ? "small" : "large", segment.expandable ? " expandable" : "");
  for (const auto& part : segment.parts)
    text += fmt::format(" {}{}/{}",
                        part.state == BlockState::free     ? "-"
                        : part.state == BlockState::in_use ? "+"
                                                           : "~",
                        part.bytes, part.requested_bytes);
  return text;
}

std::vector<std::string> told(const std::vector<SegmentLayout>& segments) {
  std::vector<std::string> lines;
  for (const SegmentLayout& segment : segments) lines.push_back(told(segment));
  return lines;
}

/// A program that nobody would write: allocates, releases, uses on other streams, empties the cache, at random.
class RandomProgram {
 public:
  RandomProgram(std::uint64_t seed, std::int64_t capacity, bool expandable)
      : random_(seed), capacity_(capacity), expandable_(expandable) {
    streams_.push_back(c10::cuda::getDefaultCUDAStream());
    for (int i = 0; i < 2; ++i) streams_.push_back(c10::cuda::getStreamFromPool());
    largest_ = one_in(2) ? 4 * kMiB : 60 * kMiB;
  }

  void release_all() {
    held_.clear();
    in_pool_.clear();
    pool_.reset();
  }

  void step() { step(up_to(99)); }
  /// Never gives memory back to the driver, as long as there are few of them.
  void gentle_step() {
    gentle_ = true;
    step(up_to(89));
    gentle_ = false;
  }

 private:
  void step(unsigned what) {
    if (what < 55)
      allocate(held_);
    else if (what < 90)
      release();
    else if (what < 95)
      record_stream();
    else if (what < 97)
      release_many();
    else if (what < 98)
      torch_allocator::emptyCache();
    else
      in_a_pool();
  }
  unsigned up_to(unsigned most) { return static_cast<unsigned>(random_() % (most + 1U)); }
  bool one_in(unsigned n) { return up_to(n - 1) == 0; }

  std::int64_t size() {
    if (gentle_) return 1 + up_to(2'000'000);
    switch (up_to(5)) {
      case 0: return 1 + up_to(4096);
      case 1: return 1 + up_to(static_cast<unsigned>(kMiB));
      case 2: return static_cast<std::int64_t>(1 + up_to(39)) * kMiB / 2;
      case 3:
        return one_in(10) ? static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(capacity_))
                          : 1 + up_to(3'000'000);
      default: return 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(largest_));
    }
  }
  void allocate(std::vector<c10::DataPtr>& into) {
    const c10::cuda::CUDAStreamGuard guard(streams_[one_in(3) ? up_to(2) : 0]);
    try {
      into.push_back(torch_allocator::get()->allocate(static_cast<std::size_t>(size())));
    } catch (const c10::OutOfMemoryError&) {
      release_many();
    }
  }
  void release() {
    if (held_.empty()) return;
    std::swap(held_[random_() % held_.size()], held_.back());
    held_.pop_back();
  }
  void release_many() {
    for (std::size_t n = held_.size() / 2; n > 0; --n) release();
  }
  void record_stream() {
    if (held_.empty()) return;
    torch_allocator::recordStream(held_[random_() % held_.size()], streams_[up_to(2)]);
  }
  void in_a_pool() {
    if (!pool_) pool_ = std::make_unique<at::cuda::MemPool>();
    torch_allocator::beginAllocateToPool(0, pool_->id(), [](cudaStream_t) { return true; });
    // Those of a pool in expandable segments must not outlive it: LibTorch 2.11 counts its segments wrongly then.
    for (unsigned n = up_to(3); n > 0; --n) allocate(expandable_ ? in_pool_ : held_);
    torch_allocator::endAllocateToPool(0, pool_->id());
    torch_allocator::releasePool(0, pool_->id());  // what endAllocateToPool does not undo
    if (!one_in(3)) return;
    in_pool_.clear();
    pool_.reset();
  }

  std::mt19937_64 random_;
  std::int64_t capacity_;
  bool expandable_;
  bool gentle_ = false;
  std::int64_t largest_;
  std::vector<c10::cuda::CUDAStream> streams_;
  std::unique_ptr<at::cuda::MemPool> pool_;
  std::vector<c10::DataPtr> held_;
  std::vector<c10::DataPtr> in_pool_;
};

/// Settings that a sequence runs under.
struct Variant {
  std::string settings;
  bool expandable = false;
  double fraction = 1.0;
  std::int64_t taken_bytes = 0;  ///< of the card, by somebody else
};

Variant variant_of(std::uint64_t seed, std::int64_t card_bytes) {
  std::mt19937_64 random(seed * 7919);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  Variant variant;
  // The parser keeps the former value of what is not named here.
  variant.expandable = one_in(3);
  variant.settings = fmt::format("expandable_segments:{}", variant.expandable ? "True" : "False");
  // Address space that a failed request leaves behind keeps the size of its pieces, and no snapshot shows it.
  variant.settings += fmt::format(",large_segment_size_mb:{}", !variant.expandable && one_in(6) ? 32 : 20);
  variant.settings += fmt::format(",max_non_split_rounding_mb:{}", one_in(4) ? 48 : 32);
  if (one_in(3)) variant.settings += fmt::format(",max_split_size_mb:{}", 32 + 8 * (random() % 8));
  if (one_in(4)) variant.settings += fmt::format(",roundup_power2_divisions:{}", 1U << (random() % 5));
  if (one_in(6)) variant.settings += ",roundup_power2_divisions:[1:4,8:2,16:0,>:8]";
  if (one_in(3)) {
    variant.fraction = 0.25 + 0.5 * static_cast<double>(random() % 100) / 100;
    if (one_in(2))
      variant.settings +=
          fmt::format(",garbage_collection_threshold:{}", 0.2 + 0.1 * static_cast<double>(random() % 7));
  }
  variant.taken_bytes = card_bytes - (200 + static_cast<std::int64_t>(random() % 800)) * kMiB;
  return variant;
}

class AllocatorReplay : public testing::Test {
 protected:
  AllocatorReplay() {
    fs::create_directories(folder_);
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  }
  ~AllocatorReplay() override { fs::remove_all(folder_); }

  void run_sequence(std::uint64_t seed);

  const fs::path folder_ = fs::path(testing::TempDir()) / ("allocator_replay_test_" + std::to_string(getpid()));
};

void AllocatorReplay::run_sequence(std::uint64_t seed) {
  std::size_t unused = 0;
  std::size_t card_bytes = 0;
  ASSERT_EQ(cudaMemGetInfo(&unused, &card_bytes), cudaSuccess);
  const Variant variant = variant_of(seed, static_cast<std::int64_t>(card_bytes));
  SCOPED_TRACE(fmt::format("seed {}: {}, fraction {}, {} MiB left", seed, variant.settings, variant.fraction,
                           (static_cast<std::int64_t>(card_bytes) - variant.taken_bytes) / kMiB));
  c10::CachingAllocator::setAllocatorSettings(variant.settings);
  void* taken = nullptr;
  ASSERT_EQ(cudaMalloc(&taken, static_cast<std::size_t>(variant.taken_bytes)), cudaSuccess);
  torch_allocator::setMemoryFraction(
      variant.fraction * (1.0 - static_cast<double>(variant.taken_bytes) / static_cast<double>(card_bytes)), 0);
  if (variant.fraction == 1.0) torch_allocator::setMemoryFraction(1.0, 0);

  RandomProgram program(seed, static_cast<std::int64_t>(card_bytes) - variant.taken_bytes, variant.expandable);
  std::mt19937_64 random(seed);
  // What the session finds there; the age of garbage does not show.
  if (random() % 2 == 0 && variant.settings.find("garbage") == std::string::npos) {
    // Address space whose beginning was unmapped does not show where it begins.
    for (int i = 0; i < 15 && variant.expandable; ++i) program.gentle_step();
    for (int i = 0; i < 40 && !variant.expandable; ++i) program.step();
  }

  torch_allocator::resetAccumulatedStats(0);
  const auto totals = std::make_shared<Totals>();
  std::vector<Snapshot> snapshots;
  Session session({.trace_path = (folder_ / "trace.ptrace").string(), .device = "cuda", .overwrite = true});
  {
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, totals);
    for (int i = 0; i < 300; ++i) {
      program.step();
      if (i % 7 != 0) continue;
      snapshots.push_back(
          {segments_of(torch_allocator::snapshot({0, 0}, false)), counters_of(torch_allocator::getDeviceStats(0))});
      session.metric("snapshot", static_cast<double>(snapshots.size() - 1));
    }
  }
  const SessionResult recorded = session.stop();
  program.release_all();
  torch_allocator::emptyCache();
  ASSERT_EQ(cudaFree(taken), cudaSuccess);
  ASSERT_EQ(recorded.counts.dropped_events, 0U);
  const auto trace = read_trace(recorded.trace_path);
  ASSERT_TRUE(trace) << trace.error().message;

  std::vector<EventIndex> marks;
  for (EventIndex i = 0; i < trace->events.size(); ++i)
    if (trace->events[i].kind == EventKind::metric) marks.push_back(i);
  ASSERT_EQ(marks.size(), snapshots.size());

  allocator::TraceReplay replay(*trace, DeviceType::cuda, 0);
  std::size_t at_total = 0;
  std::size_t at_snapshot = 0;
  std::size_t compared = 0;
  const auto compare_snapshots_before = [&](EventIndex next) {
    for (; !HasFailure() && at_snapshot < marks.size() && marks[at_snapshot] < next; ++at_snapshot, ++compared) {
      SCOPED_TRACE(fmt::format("at snapshot {}, before event {}", at_snapshot, next));
      ASSERT_THAT(told(layout_of(replay.allocator())),
                  testing::ElementsAreArray(told(snapshots[at_snapshot].segments)));
      ASSERT_EQ(counters_of(replay.allocator().levels()), snapshots[at_snapshot].counters);
    }
  };
  replay.before_event([&](EventIndex event) { compare_snapshots_before(event); });
  replay.on_event([&](EventIndex event) {
    // Between a cache that is emptied and the request after it, which to the replay are one.
    while (at_snapshot < marks.size() && marks[at_snapshot] < event) ++at_snapshot;
    const Event& e = trace->events[event];
    if (e.kind != EventKind::allocate && e.kind != EventKind::free_requested) return;
    if (HasFailure() || at_total == totals->seen.size()) return;
    const allocator::Levels& levels = replay.allocator().levels();
    EXPECT_EQ(totals->seen[at_total].allocated, levels.allocated_bytes.now) << "after event " << event;
    EXPECT_EQ(totals->seen[at_total].reserved, levels.reserved_bytes.now) << "after event " << event;
    ++at_total;
  });
  const allocator::ReplayResult result = replay.run();
  ASSERT_EQ(result.why_not, "");
  ASSERT_FALSE(result.disagreement) << "event " << result.disagreement->event << ": " << result.disagreement->what;
  if (HasFailure()) return;
  compare_snapshots_before(kNever);
  EXPECT_GE(compared, snapshots.size() - 3);
  EXPECT_GE(at_total, totals->seen.size());
}

TEST_F(AllocatorReplay, IsTheAllocatorWhateverProgramsDo) {
  const auto sequences = number_from_environment("PROFILE_TRAIN_ALLOCATOR_SEQUENCES", 200);
  const auto first = number_from_environment("PROFILE_TRAIN_ALLOCATOR_SEED", 1);
  for (std::int64_t i = 0; i < sequences; ++i) {
    run_sequence(static_cast<std::uint64_t>(first + i));
    if (HasFailure()) FAIL() << "with PROFILE_TRAIN_ALLOCATOR_SEED=" << first + i;
  }
}

}  // namespace
}  // namespace profile_train
