// `profile-train report` on a trace of a million events, stage by stage and in all: docs/performance.md asks for 3
// seconds.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "benchmarks/training_trace.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "profiler/trace_writer.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/terminal.h"

namespace profile_train {
namespace {

constexpr std::size_t kEvents = 1'000'000;

std::string trace_path() { return (std::filesystem::temp_directory_path() / "report_bench.ptrace").string(); }

void write_trace() {
  const Trace trace = benchmarks::TrainingTrace::of(kEvents);
  auto writer = TraceWriter::create(trace_path(), trace.header, true);
  if (!writer) std::abort();
  for (NameId id = 1; id < trace.names.size(); ++id) (*writer)->define_name(id, trace.names[id]);
  for (ScopeId id = 1; id < trace.scopes.size(); ++id) (*writer)->define_scope(id, trace.scopes[id]);
  for (TensorTypeId id = 1; id < trace.tensor_types.size(); ++id) {
    (*writer)->define_tensor_type(id, trace.tensor_types[id]);
  }
  if (!(*writer)->append(trace.events) || !(*writer)->finish({})) std::abort();
}

void Read(benchmark::State& state) {
  write_trace();
  while (state.KeepRunning()) benchmark::DoNotOptimize(read_trace(trace_path()));
  std::filesystem::remove(trace_path());
}
BENCHMARK(Read)->Unit(benchmark::kMillisecond);

void Html(benchmark::State& state) {
  const Analysis analysis = analyse(benchmarks::TrainingTrace::of(kEvents));
  while (state.KeepRunning()) benchmark::DoNotOptimize(reports::render_html(analysis));
}
BENCHMARK(Html)->Unit(benchmark::kMillisecond);

void ReadAnalyseAndWriteEveryReport(benchmark::State& state) {
  write_trace();
  while (state.KeepRunning()) {
    auto trace = read_trace(trace_path());
    if (!trace) std::abort();
    const Analysis analysis = analyse(std::move(*trace));
    benchmark::DoNotOptimize(reports::render_terminal(analysis.summary, {}));
    benchmark::DoNotOptimize(reports::to_json(analysis.summary));
    benchmark::DoNotOptimize(reports::render_html(analysis));
  }
  std::filesystem::remove(trace_path());
}
BENCHMARK(ReadAnalyseAndWriteEveryReport)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace profile_train

BENCHMARK_MAIN();
