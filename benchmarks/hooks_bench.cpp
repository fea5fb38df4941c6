// What an allocation event costs: the recording allocator against the bare one, in one run.

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <benchmark/benchmark.h>
#include <c10/core/CPUAllocator.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "hooks/session.h"

namespace {

constexpr std::size_t kBytes = 4096;
constexpr int kPairs = 2'000;  // a burst that fits the ring many times over, as a training step's does

double burst_seconds() {
  c10::Allocator& allocator = *c10::GetCPUAllocator();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < kPairs; ++i) {
    c10::DataPtr memory = allocator.allocate(kBytes);
    benchmark::DoNotOptimize(memory.get());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Between bursts the recorder catches up, as it does while a training step computes.
void let_the_recorder_catch_up() { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }

std::string trace_path() { return (std::filesystem::temp_directory_path() / "hooks_bench.ptrace").string(); }

// Bursts with and without a session alternate, so that both see the same machine; the difference over the events of a
// burst is what one event costs.
void BM_AllocationEvent(benchmark::State& state) {
  double bare = 0;
  double recorded = 0;
  std::uint64_t dropped = 0;
  while (state.KeepRunning()) {
    bare += burst_seconds();
    {
      profile_train::Session session({.trace_path = trace_path(), .overwrite = true});
      burst_seconds();  // warms the ring up
      let_the_recorder_catch_up();
      const double seconds = burst_seconds();
      recorded += seconds;
      state.SetIterationTime(seconds);
      dropped += session.stop().counts.dropped_events;
    }
  }
  std::filesystem::remove(trace_path());
  const double events = 2.0 * kPairs * static_cast<double>(state.iterations());
  state.counters["bare_ns_per_call"] = bare / events * 1e9;
  state.counters["recorded_ns_per_call"] = recorded / events * 1e9;
  state.counters["hook_ns_per_event"] = (recorded - bare) / events * 1e9;
  state.counters["dropped"] = static_cast<double>(dropped);
}
BENCHMARK(BM_AllocationEvent)->UseManualTime()->Iterations(200)->Unit(benchmark::kMicrosecond);

// A small operator with its frame, its output described and one allocation: what the operator scope adds to it.
void BM_SmallOperator(benchmark::State& state) {
  const at::Tensor a = at::ones({16});
  const auto burst = [&a] {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < kPairs; ++i) benchmark::DoNotOptimize(at::neg(a));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  double bare = 0;
  double recorded = 0;
  while (state.KeepRunning()) {
    bare += burst();
    profile_train::Session session({.trace_path = trace_path(), .overwrite = true});
    burst();
    let_the_recorder_catch_up();
    const double seconds = burst();
    recorded += seconds;
    state.SetIterationTime(seconds);
  }
  std::filesystem::remove(trace_path());
  const double operators = kPairs * static_cast<double>(state.iterations());
  state.counters["bare_ns_per_operator"] = bare / operators * 1e9;
  state.counters["recorded_ns_per_operator"] = recorded / operators * 1e9;
}
BENCHMARK(BM_SmallOperator)->UseManualTime()->Iterations(100)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
