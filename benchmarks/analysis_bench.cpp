// Replay and analysis on one core: docs/performance.md asks for at least 5 million events a second.
#include <benchmark/benchmark.h>

#include "benchmarks/training_trace.h"
#include "profiler/analysis.h"
#include "profiler/ledger.h"

namespace profile_train {
namespace {

using benchmarks::TrainingTrace;

void count_events(benchmark::State& state, std::size_t events) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
  state.counters["events"] = static_cast<double>(events);
}

/// Everything: ledger, categories, phases, peaks, what is live, attribution, growth.
void Analyse(benchmark::State& state) {
  const Trace trace = TrainingTrace::of(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    state.PauseTiming();
    Trace copy = trace;
    state.ResumeTiming();
    Analysis analysis = analyse(std::move(copy));
    benchmark::DoNotOptimize(analysis.summary.peak.requested_bytes);
    state.PauseTiming();  // giving the memory back is the end of the program
    analysis = {};
    state.ResumeTiming();
  }
  count_events(state, trace.events.size());
}
BENCHMARK(Analyse)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

/// The ledger alone.
void Replay(benchmark::State& state) {
  const Trace trace = TrainingTrace::of(static_cast<std::size_t>(state.range(0)));
  const std::vector<EventIndex> marks = find_marks(trace.events);
  const std::vector<PhaseSpan> phases = find_phases(trace.events, marks);
  const std::vector<StepSpan> steps = find_steps(trace.events, marks);
  while (state.KeepRunning()) {
    const Ledger ledger = replay(trace.events, phases, steps);
    benchmark::DoNotOptimize(ledger.allocations().data());
  }
  count_events(state, trace.events.size());
}
BENCHMARK(Replay)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// The stacked timeline of a report, thinned to what a screen can show.
void Timeline(benchmark::State& state) {
  const Analysis analysis = analyse(TrainingTrace::of(static_cast<std::size_t>(state.range(0))));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(timeline(analysis, 4000).data());
  count_events(state, analysis.trace.events.size());
}
BENCHMARK(Timeline)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace profile_train

BENCHMARK_MAIN();
