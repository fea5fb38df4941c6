// What it costs to hear of the driver's allocations through CUPTI: share of a training step of gpt_small, time of a
// call of the driver, and whether the host's memory stays flat over 1,000 steps.
//
// On the card that CUDA finds; without one the program starts itself again on a simulated H200. There a step has no
// kernels and a call of the driver takes no time, so shares of a step are higher than on a real card, and what a call
// costs more is the callback's alone. Steps with and without CUPTI alternate within one run, on one model; medians.

#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "hooks/session.h"
#include "workloads/config.h"
#include "workloads/device.h"
#include "workloads/trainer.h"

namespace profile_train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

template <typename T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "driver_bench: {}\n", result.error().message);
  std::exit(1);
}

std::string trace_path() {
  return (std::filesystem::temp_directory_path() / fmt::format("driver_bench_{}.ptrace", getpid())).string();
}

SessionOptions options(bool with_cupti) {
  return {.trace_path = trace_path(), .device = "cuda", .overwrite = true, .driver_allocations = with_cupti};
}

std::unique_ptr<workloads::Trainer> trainer_for(const std::string& config_name) {
  auto config = value_or_exit(workloads::load_config(config_name, {}, PROFILE_TRAIN_RESOURCES));
  config.device = "cuda";
  return value_or_exit(workloads::Trainer::create(config, nullptr));
}

double step_seconds(workloads::Trainer& trainer) {
  const auto began = Clock::now();
  value_or_exit(trainer.step({}));
  torch::cuda::synchronize();
  return seconds_of(began);
}

enum class Cache { kept, emptied };  // emptied: the step gets its segments from the driver again

void compare_steps(const std::string& config_name, int pairs, Cache cache) {
  const auto trainer = trainer_for(config_name);
  for (int i = 0; i < 3; ++i) step_seconds(*trainer);
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> ratios;
  std::string limitation;
  std::uint64_t records = 0;
  const auto measure = [&](bool with_cupti) {
    if (cache == Cache::emptied) c10::cuda::CUDACachingAllocator::emptyCache();
    Session session(options(with_cupti));
    session.watch(trainer->model(), trainer->optimizer());
    (with_cupti ? with : without).push_back(step_seconds(*trainer));
    const SessionResult result = session.stop();
    if (!with_cupti) return;
    records = result.counts.driver_records;
    if (!result.counts.driver_recorded) limitation = result.counts.driver_limitation;
  };
  for (int i = 0; i < pairs; ++i) {
    measure(i % 2 == 1);  // A B, B A, A B, …: drift cancels
    measure(i % 2 == 0);
    ratios.push_back(with.back() / without.back());
  }
  if (!limitation.empty()) fmt::print("{}\n", limitation);
  fmt::print(
      "{}, cache {}: median step {:.3f} ms without CUPTI, {:.3f} ms with; ratio of medians {:.4f}, median ratio "
      "{:.4f}; ",
      config_name, cache == Cache::kept ? "kept" : "emptied before each step", median(without) * 1e3,
      median(with) * 1e3, median(with) / median(without), median(ratios));
  fmt::print("{} pairs, {} memory records a step\n", pairs, records);
}

double nanoseconds_a_call(int pairs) {
  const auto began = Clock::now();
  for (int i = 0; i < pairs; ++i) {
    void* memory = nullptr;
    if (cudaMalloc(&memory, std::size_t{2} << 20) != cudaSuccess || cudaFree(memory) != cudaSuccess) std::exit(1);
  }
  return seconds_of(began) * 1e9 / (2.0 * pairs);
}

void compare_calls() {
  constexpr int kPairs = 2'000;
  std::vector<double> without;
  std::vector<double> with;
  for (int i = 0; i < 15; ++i) {
    for (const bool with_cupti : {false, true}) {
      Session session(options(with_cupti));
      (with_cupti ? with : without).push_back(nanoseconds_a_call(kPairs));
      session.stop();
    }
  }
  fmt::print("a call of the driver (cudaMalloc and cudaFree, mean): {:.0f} ns without CUPTI, {:.0f} ns with\n",
             median(without), median(with));
}

Bytes resident_bytes() {
  Bytes pages = 0;
  Bytes ignored = 0;
  std::ifstream("/proc/self/statm") >> ignored >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

void watch_memory() {
  const auto trainer = trainer_for("gpt_tiny");
  Session session(options(true));
  session.watch(trainer->model(), trainer->optimizer());
  std::vector<Bytes> resident;
  for (int step = 1; step <= 1'000; ++step) {
    c10::cuda::CUDACachingAllocator::emptyCache();
    step_seconds(*trainer);
    if (step == 100 || step == 550 || step == 1'000) resident.push_back(resident_bytes());
  }
  const TraceFooter counts = session.stop().counts;
  fmt::print(
      "gpt_tiny, 1,000 steps with CUPTI, cache emptied each time: host memory {:+} B from step 100 to 550, {:+} B to "
      "1,000; {} memory records, {} events, {} dropped; the profiler had {} B of the host and {} B of the device\n",
      resident[1] - resident[0], resident[2] - resident[1], counts.driver_records, counts.events, counts.dropped_events,
      counts.profiler_bytes, counts.own_device_bytes);
}

int start_again_on_simulated_card(char** argv) {
  const std::vector<const char*> command = {PROFILE_TRAIN_PROGRAM, "run", "--simulate", "h200", "--", argv[0], nullptr};
  execv(command[0], const_cast<char**>(command.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast): execv's type
  std::perror("driver_bench");
  return 1;
}

}  // namespace
}  // namespace profile_train

int main(int, char** argv) {
  using namespace profile_train;
  const bool simulated = dlsym(RTLD_DEFAULT, "profile_train_simcuda_shape_reads") != nullptr;
  if (const auto card = workloads::prepare_device("cuda"); !card && !simulated)
    return start_again_on_simulated_card(argv);
  compare_steps("gpt_small", 61, Cache::kept);
  compare_steps("gpt_small", 61, Cache::emptied);
  compare_calls();
  watch_memory();
  std::filesystem::remove(trace_path());
}
