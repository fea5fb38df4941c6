// The caching allocator's events against what the allocator says of itself, on a simulated card.

#include <ATen/cuda/MemPool.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;
namespace allocator = c10::cuda::CUDACachingAllocator;

const auto kOnCard = torch::TensorOptions().device(torch::kCUDA);

Bytes requested_now(c10::DeviceIndex device = 0) {
  return allocator::getDeviceStats(device).requested_bytes[0].current;
}
Bytes requested_peak() { return allocator::getDeviceStats(0).requested_bytes[0].peak; }
Bytes reserved_now() { return allocator::getDeviceStats(0).reserved_bytes[0].current; }

/// What a trace says of one device.
class Card {
 public:
  explicit Card(const Trace& trace, std::uint8_t index = 0) : trace_(trace) {
    std::copy_if(trace.events.begin(), trace.events.end(), std::back_inserter(events_),
                 [index](const Event& e) { return e.device == DeviceType::cuda && e.device_index == index; });
  }
  std::vector<Event> of(EventKind kind) const {
    std::vector<Event> found;
    std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
                 [kind](const Event& event) { return event.kind == kind; });
    return found;
  }
  /// Position among the device's events of the first of that kind at that address, from `from` on; the number of events
  /// if there is none.
  std::size_t find(EventKind kind, const void* address, std::size_t from = 0) const {
    for (std::size_t i = from; i < events_.size(); ++i)
      if (events_[i].kind == kind && events_[i].address == reinterpret_cast<std::uint64_t>(address)) return i;
    return events_.size();
  }
  const std::vector<Event>& events() const { return events_; }
  std::vector<std::string> frames(const Event& event) const {
    std::vector<std::string> names;
    for (ScopeId id = event.scope; id != 0; id = trace_.scopes[id].parent)
      names.insert(names.begin(), trace_.names[trace_.scopes[id].name]);
    return names;
  }

  /// A naive second ledger: sums what is live, and complains about what cannot be.
  Bytes live() const { return replay().first; }
  Bytes peak() const { return replay().second; }

 private:
  std::pair<Bytes, Bytes> replay() const {
    std::map<std::uint64_t, Bytes> live;
    Bytes now = 0;
    Bytes peak = 0;
    for (const Event& event : events_) {
      if (event.kind == EventKind::allocate || event.kind == EventKind::carried_in) {
        EXPECT_TRUE(live.emplace(event.address, event.bytes).second) << "an address was live twice";
        now += event.bytes;
        peak = std::max(peak, now);
      } else if (event.kind == EventKind::free) {
        const auto owner = live.find(event.address);
        if (owner == live.end()) {
          ADD_FAILURE() << "a release without its allocation";
          continue;
        }
        now -= owner->second;
        live.erase(owner);
      }
    }
    return {now, peak};
  }

  const Trace& trace_;
  std::vector<Event> events_;
};

class CachingAllocator : public testing::Test {
 protected:
  CachingAllocator() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    allocator::emptyCache();
    allocator::resetPeakStats(0);
  }
  ~CachingAllocator() override { fs::remove_all(folder_); }

  SessionOptions options(const std::string& name = "trace") const {
    return {.trace_path = (folder_ / (name + ".ptrace")).string(), .device = "cuda"};
  }
  static Trace stop(Session& session) {
    const SessionResult result = session.stop();
    EXPECT_EQ(result.limitation, "");
    EXPECT_EQ(result.counts.dropped_events, 0U);
    auto trace = read_trace(result.trace_path);
    if (!trace) ADD_FAILURE() << trace.error().message;
    return std::move(*trace);
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("caching_allocator_test_" + std::to_string(getpid()));
};

TEST_F(CachingAllocator, RecordsATensorWithOperatorPhaseModuleShapeAndRequestedBytes) {
  Session session(options());
  const void* address = nullptr;
  {
    const PhaseGuard phase(Phase::forward);
    const ModuleGuard module("encoder.0");
    const at::Tensor tensor = at::zeros({3, 5}, kOnCard);
    address = tensor.data_ptr();
  }
  const Trace trace = stop(session);
  const Card card(trace);
  const std::size_t born = card.find(EventKind::allocate, address);
  ASSERT_LT(born, card.events().size());
  EXPECT_EQ(card.events()[born].bytes, 3 * 5 * 4) << "requested, not rounded";
  EXPECT_EQ(card.frames(card.events()[born]).at(0), "encoder.0");
  EXPECT_EQ(card.frames(card.events()[born]).at(1), "aten::zeros");
  const std::size_t described = card.find(EventKind::describe, address);
  ASSERT_LT(described, card.events().size());
  EXPECT_EQ(trace.tensor_types[card.events()[described].tensor_type], (TensorType{"float32", {3, 5}}));
  const std::size_t let_go = card.find(EventKind::free_requested, address, born);
  EXPECT_LT(let_go, card.find(EventKind::free, address, born)) << "the allocator's own order";

  const Summary summary = analyse(trace).summary;
  EXPECT_EQ(summary.devices.front().device, DeviceType::cuda);
  EXPECT_EQ(summary.peak.phase, Phase::forward);
}

TEST_F(CachingAllocator, PeakIsTheAllocatorsOwnToTheByte) {
  Session session(options());
  {
    torch::nn::Sequential model(torch::nn::Linear(100, 333), torch::nn::GELU(), torch::nn::Linear(333, 7));
    model->to(torch::kCUDA);
    torch::optim::AdamW optimizer(model->parameters(), 1e-3);
    session.watch(*model, optimizer);
    for (int step = 1; step <= 3; ++step) {
      const StepGuard guard(step);
      at::Tensor loss;
      {
        const PhaseGuard phase(Phase::forward);
        loss = model->forward(at::randn({64, 100}, kOnCard)).square().mean();
      }
      {
        const PhaseGuard phase(Phase::backward);
        loss.backward();
      }
      const PhaseGuard phase(Phase::optimizer_step);
      optimizer.step();
      optimizer.zero_grad();
    }
  }
  const Bytes own_peak = requested_peak();
  const Bytes own_live = requested_now();
  const Summary summary = analyse(stop(session)).summary;
  EXPECT_EQ(summary.peak.requested_bytes, own_peak);
  EXPECT_EQ(summary.devices.front().live_bytes, own_live);
  EXPECT_EQ(summary.devices.front().reserved_bytes, reserved_now());
  EXPECT_EQ(summary.ladder.at(1).bytes, allocator::getDeviceStats(0).allocated_bytes[0].peak);
  EXPECT_GT(at(summary.peak.by_category, Category::workspace), 0) << "cuBLAS has made its own";
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 0);
  EXPECT_EQ(summary.losses.unmatched_frees, 0U);
  EXPECT_EQ(summary.losses.unmatched_roles, 0U);
}

TEST_F(CachingAllocator, WhatWasThereBeforeIsCarriedInWithItsRole) {
  torch::nn::Linear model(40, 50);
  model->to(torch::kCUDA);
  at::Tensor other = at::ones({11}, kOnCard);
  const Bytes before = requested_now();
  allocator::resetPeakStats(0);
  Session session(options());
  session.watch(*model);
  other = at::Tensor{};
  const at::Tensor later = at::ones({1000}, kOnCard);
  const Bytes own_peak = requested_peak();

  const Analysis analysis = analyse(stop(session));
  const Summary& summary = analysis.summary;
  EXPECT_EQ(summary.peak.requested_bytes, own_peak);
  EXPECT_EQ(at(summary.peak.by_category, Category::weights), (40 * 50 + 50) * 4);
  EXPECT_EQ(summary.losses.unmatched_frees, 0U) << "the release of what was carried in is seen";
  const Card card(analysis.trace);
  Bytes carried_in = 0;
  for (const Event& event : card.of(EventKind::carried_in)) carried_in += event.bytes;
  EXPECT_EQ(carried_in, before);
  EXPECT_EQ(summary.devices.front().reserved_bytes, reserved_now()) << "segments are carried in as well";
}

TEST_F(CachingAllocator, OutlivesASessionAndServesTheNext) {
  at::Tensor first;
  {
    Session session(options("first"));
    first = at::ones({100}, kOnCard);
    const Trace trace = stop(session);
    EXPECT_LT(Card(trace).find(EventKind::allocate, first.data_ptr()), Card(trace).events().size());
  }
  const at::Tensor between = at::ones({200}, kOnCard);
  Session session(options("second"));
  const at::Tensor second = at::ones({300}, kOnCard);
  const Bytes own_live = requested_now();
  const Trace trace = stop(session);
  const Card card(trace);
  EXPECT_EQ(card.find(EventKind::allocate, between.data_ptr()), card.events().size());
  EXPECT_LT(card.find(EventKind::carried_in, between.data_ptr()), card.events().size());
  EXPECT_LT(card.find(EventKind::allocate, second.data_ptr()), card.events().size());
  EXPECT_EQ(card.live(), own_live) << "once, although the tracker is older than the session";
}

TEST_F(CachingAllocator, StreamsAreArenasAndABlockInUseByAnotherIsFreedLater) {
  Session session(options());
  const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool();
  const void* address = nullptr;
  {
    at::Tensor tensor;
    {
      const c10::cuda::CUDAStreamGuard guard(side);
      tensor = at::ones({1 << 20}, kOnCard);
    }
    address = tensor.data_ptr();
    tensor.record_stream(c10::cuda::getDefaultCUDAStream());
  }
  const at::Tensor next = at::ones({10}, kOnCard);  // the allocator looks whether the other stream is done
  const Trace trace = stop(session);
  const Card card(trace);
  const std::vector<Event> arenas = card.of(EventKind::arena);
  ASSERT_EQ(arenas.size(), 1U);
  EXPECT_EQ(arenas[0].address, reinterpret_cast<std::uint64_t>(side.stream()));
  EXPECT_EQ(arenas[0].bytes, 0) << "everybody's pool";
  const std::size_t born = card.find(EventKind::allocate, address);
  ASSERT_LT(born, card.events().size());
  EXPECT_EQ(card.events()[born].detail, arenas[0].detail);
  const std::size_t let_go = card.find(EventKind::free_requested, address, born);
  const std::size_t released = card.find(EventKind::free, address, born);
  ASSERT_LT(released, card.events().size());
  EXPECT_LT(let_go, released);
  EXPECT_THAT(card.frames(card.events()[let_go]), testing::IsEmpty());
  EXPECT_EQ(card.frames(card.events()[released]).at(0), "aten::ones") << "only when the next one asked for memory";
  EXPECT_EQ(card.live(), requested_now());
}

TEST_F(CachingAllocator, PoolsOfTheProgramAreArenas) {
  Session session(options());
  at::cuda::MemPool pool;
  allocator::beginAllocateToPool(0, pool.id(), [](cudaStream_t) { return true; });
  at::Tensor tensor = at::ones({100}, kOnCard);
  allocator::endAllocateToPool(0, pool.id());
  const void* const address = tensor.data_ptr();
  tensor = at::Tensor{};
  const Trace trace = stop(session);
  const Card card(trace);
  const std::vector<Event> arenas = card.of(EventKind::arena);
  ASSERT_EQ(arenas.size(), 1U);
  EXPECT_EQ(arenas[0].address, 0U) << "the default stream";
  EXPECT_EQ(arenas[0].bytes, -static_cast<Bytes>(pool.id().second)) << "made by the program, not by a graph";
  const std::size_t born = card.find(EventKind::allocate, address);
  ASSERT_LT(born, card.events().size());
  EXPECT_EQ(card.events()[born].detail, arenas[0].detail);
}

TEST_F(CachingAllocator, SegmentsGoBackWhenTheCacheIsEmptied) {
  Session session(options());
  const Bytes before = reserved_now();
  const void* address = nullptr;
  {
    const at::Tensor tensor = at::ones({16 << 20}, kOnCard);  // 64 MiB: a segment of its own
    address = tensor.data_ptr();
  }
  EXPECT_EQ(reserved_now(), before + (64 << 20)) << "cached";
  allocator::emptyCache();
  const Trace trace = stop(session);
  const Card card(trace);
  const std::size_t taken = card.find(EventKind::segment_allocate, address);
  ASSERT_LT(taken, card.events().size());
  EXPECT_EQ(card.events()[taken].bytes, 64 << 20);
  EXPECT_LT(taken, card.find(EventKind::allocate, address));
  EXPECT_LT(card.find(EventKind::free, address), card.find(EventKind::segment_free, address));
}

TEST_F(CachingAllocator, RunningOutOfMemoryIsAnEventAndTheProgramGoesOn) {
  Session session(options());
  EXPECT_THROW(at::empty({std::int64_t{1} << 42}, kOnCard), c10::OutOfMemoryError);
  const at::Tensor after = at::ones({10}, kOnCard);
  const Trace trace = stop(session);
  const std::vector<Event> out_of_memory = Card(trace).of(EventKind::out_of_memory);
  ASSERT_EQ(out_of_memory.size(), 1U);
  EXPECT_EQ(out_of_memory[0].bytes, Bytes{4} << 42);
  EXPECT_GT(out_of_memory[0].address, 0U) << "bytes that were free";
  EXPECT_THAT(analyse(trace).summary.warnings, testing::Contains(testing::HasSubstr("ran out of memory")));
}

TEST_F(CachingAllocator, KeepsDevicesApart) {
  Session session(options());
  const at::Tensor on_first = at::ones({100}, kOnCard);
  const at::Tensor on_second = at::ones({200}, torch::Device(torch::kCUDA, 1));
  const Trace trace = stop(session);
  EXPECT_LT(Card(trace, 1).find(EventKind::allocate, on_second.data_ptr()), Card(trace, 1).events().size());
  EXPECT_EQ(Card(trace, 0).live(), requested_now(0));
  EXPECT_EQ(Card(trace, 1).live(), requested_now(1));
}

/// Four threads, two streams, sizes drawn at random: the sum of events is what the allocator counts.
TEST_F(CachingAllocator, AgreesWithTheAllocatorWhateverThreadsDo) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    allocator::resetPeakStats(0);
    Session session(options("random" + std::to_string(seed)));
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
      threads.emplace_back([seed, thread] {
        std::mt19937 random(seed * 4 + thread);
        const c10::cuda::CUDAStreamGuard guard(thread % 2 == 0 ? c10::cuda::getDefaultCUDAStream()
                                                               : c10::cuda::getStreamFromPool());
        std::vector<at::Tensor> held(16);
        for (int i = 0; i < 500; ++i)
          held[random() % held.size()] =
              random() % 3 == 0 ? at::Tensor{}
                                : at::empty({1 + static_cast<std::int64_t>(random() % 3'000'000)}, kOnCard);
      });
    }
    for (std::thread& thread : threads) thread.join();
    const Bytes own_peak = requested_peak();
    const Bytes own_live = requested_now();
    const Trace trace = stop(session);
    const Card card(trace);
    EXPECT_EQ(card.peak(), own_peak);
    EXPECT_EQ(card.live(), own_live);
    EXPECT_EQ(analyse(trace).summary.peak.requested_bytes, own_peak);
    std::set<std::uint32_t> seen;
    for (const Event& event : card.of(EventKind::allocate)) seen.insert(event.thread);
    EXPECT_EQ(seen.size(), 4U);
  }
}

}  // namespace
}  // namespace profile_train
