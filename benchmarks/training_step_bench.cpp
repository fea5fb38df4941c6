// What recording costs a training step of gpt_small, and whether the profiler's memory stays flat over 1,000 steps.
//
// Steps with and without a session alternate within one run, on one model, so that both see the same machine; medians.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "hooks/session.h"
#include "workloads/config.h"
#include "workloads/trainer.h"

namespace profile_train {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string trace_path() { return (std::filesystem::temp_directory_path() / "training_step_bench.ptrace").string(); }

template <typename T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "training_step_bench: {}\n", result.error().message);
  std::exit(1);
}

std::unique_ptr<workloads::Trainer> trainer_for(const std::string& config_name) {
  const auto config = value_or_exit(workloads::load_config(config_name, {}, PROFILE_TRAIN_RESOURCES));
  return value_or_exit(workloads::Trainer::create(config, nullptr));
}

double step_seconds(workloads::Trainer& trainer) {
  const auto began = Clock::now();
  value_or_exit(trainer.step({}));
  return std::chrono::duration<double>(Clock::now() - began).count();
}

void compare_steps(const std::string& config_name, int pairs) {
  const auto trainer = trainer_for(config_name);
  for (int i = 0; i < 3; ++i) step_seconds(*trainer);  // optimizer state, thread pools, page faults
  std::vector<double> bare;
  std::vector<double> recorded;
  std::vector<double> ratios;
  std::uint64_t events = 0;
  for (int i = 0; i < pairs; ++i) {
    const auto one_recorded = [&] {
      Session session({.trace_path = trace_path(), .overwrite = true});
      session.watch(trainer->model(), trainer->optimizer());
      recorded.push_back(step_seconds(*trainer));
      events = session.stop().counts.events;
    };
    if (i % 2 == 0) bare.push_back(step_seconds(*trainer));  // A B, B A, A B, …: drift cancels
    one_recorded();
    if (i % 2 == 1) bare.push_back(step_seconds(*trainer));
    ratios.push_back(recorded.back() / bare.back());
  }
  fmt::print(
      "{}: median step {:.2f} ms bare, {:.2f} ms recorded, ratio of medians {:.4f}, median ratio {:.4f}; "
      "{} pairs, {} events a step\n",
      config_name, median(bare) * 1e3, median(recorded) * 1e3, median(recorded) / median(bare), median(ratios), pairs,
      events);
}

Bytes profiler_bytes_after(int steps) {
  const auto trainer = trainer_for("gpt_tiny");
  Session session({.trace_path = trace_path(), .overwrite = true});
  session.watch(trainer->model(), trainer->optimizer());
  for (int i = 0; i < steps; ++i) step_seconds(*trainer);
  const SessionResult result = session.stop();
  fmt::print("gpt_tiny: {} steps, {} events, {} dropped, {:.2f} B an event on disk, profiler's memory {} B\n", steps,
             result.counts.events, result.counts.dropped_events,
             static_cast<double>(std::filesystem::file_size(trace_path())) / static_cast<double>(result.counts.events),
             result.counts.profiler_bytes);
  return result.counts.profiler_bytes;
}

}  // namespace
}  // namespace profile_train

int main() {
  using namespace profile_train;
  compare_steps("gpt_small", 31);
  const Bytes few = profiler_bytes_after(100);
  const Bytes many = profiler_bytes_after(1'000);
  fmt::print("growth of the profiler's memory from 100 to 1,000 steps: {} B\n", many - few);
  std::filesystem::remove(trace_path());
}
