// What the driver gives while LibTorch trains on a simulated card: all of it, by library, and in peace with LibTorch's
// own profiler.

#include <c10/cuda/CUDACachingAllocator.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/profiler_kineto.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/driver_level.h"
#include "profiler/trace_reader.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;
namespace allocator = c10::cuda::CUDACachingAllocator;
namespace kineto = torch::autograd::profiler;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Bytes kMiB = 1 << 20;
const auto kOnCard = torch::TensorOptions().device(torch::kCUDA);

const LadderRung& rung(const Summary& summary, std::string_view name) {
  for (const LadderRung& r : summary.ladder)
    if (r.rung == name) return r;
  throw std::out_of_range(std::string(name));
}

const DriverShare* share(const Summary& summary, std::string_view library) {
  if (!summary.driver) return nullptr;
  for (const DriverShare& s : summary.driver->libraries)
    if (s.library == library) return &s;
  return nullptr;
}

/// One training step of a small network, in which cuBLAS gets its workspaces.
void train() {
  torch::nn::Linear layer(torch::nn::LinearOptions(512, 1024));
  layer->to(torch::kCUDA);
  const StepGuard step(1);
  at::Tensor loss;
  {
    const PhaseGuard phase(Phase::forward);
    loss = layer(torch::zeros({64, 512}, kOnCard)).sum();
  }
  const PhaseGuard phase(Phase::backward);
  loss.backward();
}

class Driver : public testing::Test {
 protected:
  Driver() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Driver() override { fs::remove_all(folder_); }

  SessionOptions options(const std::string& name = "trace") const {
    return {.trace_path = (folder_ / (name + ".ptrace")).string(), .device = "cuda"};
  }
  static Analysis stop(Session& session) {
    const SessionResult result = session.stop();
    EXPECT_EQ(result.limitation, "");
    auto trace = read_trace(result.trace_path);
    if (!trace) ADD_FAILURE() << trace.error().message;
    return analyse(std::move(*trace));
  }
  /// Every segment that the allocator got in the session was seen as an allocation of the driver, and as its own.
  static void expect_all_segments_covered(const Analysis& analysis) {
    const Summary& summary = analysis.summary;
    ASSERT_TRUE(summary.driver) << summary.footer.driver_limitation;
    EXPECT_EQ(summary.footer.driver_limitation, "");
    EXPECT_EQ(summary.driver->carried_in_bytes, 0);
    EXPECT_EQ(summary.driver->allocator_at_peak_bytes, summary.devices.front().reserved_peak_bytes);
    EXPECT_GT(summary.driver->allocator_at_peak_bytes, 0);
    EXPECT_EQ(rung(summary, "driver").residual_bytes, 0);
    EXPECT_EQ(summary.footer.own_device_bytes, 0);
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("driver_test_" + std::to_string(getpid()));
};

TEST_F(Driver, GaveEverySegmentOfTheAllocator) {
  Session session(options());
  train();
  const Analysis analysis = stop(session);
  expect_all_segments_covered(analysis);
  for (const Event& event : analysis.trace.events) {
    if (event.kind != EventKind::driver_allocate || event.driver_memory() != DriverMemory::device) continue;
    EXPECT_EQ(analysis.trace.names[event.name], kCachingAllocator) << "by its stack";
  }
  EXPECT_EQ(analysis.summary.driver->peak_step, 1);
  EXPECT_GT(analysis.summary.footer.driver_records, 0U);
}

TEST_F(Driver, GavePhysicalMemoryToExpandableSegments) {
  allocator::setAllocatorSettings("expandable_segments:True");
  Session session(options());
  train();
  torch::zeros({64 << 20}, kOnCard);
  allocator::emptyCache();
  const Analysis analysis = stop(session);
  expect_all_segments_covered(analysis);
  EXPECT_TRUE(std::ranges::any_of(analysis.trace.events, [](const Event& event) {
    return event.kind == EventKind::driver_allocate && event.driver_memory() == DriverMemory::physical;
  }));
  EXPECT_EQ(analysis.summary.driver->at_end_bytes, analysis.summary.devices.front().reserved_bytes);
  EXPECT_LE(analysis.summary.driver->at_end_bytes, analysis.summary.driver->peak_bytes - 240 * kMiB) << "given back";
}

TEST_F(Driver, LadderIsMonotoneAndItsResidualsArePrinted) {
  Session session(options());
  train();
  const Summary summary = stop(session).summary;
  Bytes below = 0;
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"}) {
    ASSERT_TRUE(rung(summary, name).bytes) << name << ": " << rung(summary, name).why_not_measured;
    EXPECT_GE(*rung(summary, name).bytes, below) << name;
    below = *rung(summary, name).bytes;
    EXPECT_EQ(rung(summary, name).residual_bytes.has_value(), std::string_view(name) != "requested") << name;
  }
  EXPECT_EQ(rung(summary, "the profiler's own").bytes, 0);
  EXPECT_THAT(rung(summary, "process").explanation, HasSubstr("a simulated card has no context"));
}

using Allocate = CUdeviceptr (*)(std::size_t bytes);
using Release = void (*)(CUdeviceptr address);

TEST_F(Driver, TellsLibrariesApart) {
  const auto take = [](const char* path, Bytes bytes) {
    void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library, nullptr) << dlerror();  // NOLINT(concurrency-mt-unsafe)
    return reinterpret_cast<Allocate>(dlsym(library, "allocate_from_driver"))(static_cast<std::size_t>(bytes));
  };
  Session session(options());
  train();
  {
    const PhaseGuard phase(Phase::forward);
    take(PROFILE_TRAIN_TEST_LIBRARIES "/libnccl.so", 8 * kMiB);
    take(PROFILE_TRAIN_TEST_LIBRARIES "/libcudnn_ops.so", 4 * kMiB);
    take(PROFILE_TRAIN_TEST_LIBRARIES "/libown_kernels.so", 2 * kMiB);
  }
  const at::Tensor pinned = torch::zeros({1 << 20}).pin_memory();
  const Analysis analysis = stop(session);
  expect_all_segments_covered(analysis);
  ASSERT_TRUE(share(analysis.summary, "NCCL"));
  EXPECT_EQ(share(analysis.summary, "NCCL")->at_peak_bytes, 8 * kMiB);
  EXPECT_EQ(share(analysis.summary, "cuDNN")->at_peak_bytes, 4 * kMiB);
  EXPECT_EQ(share(analysis.summary, "libown_kernels")->at_peak_bytes, 2 * kMiB);
  EXPECT_EQ(analysis.summary.driver->peak_phase, Phase::forward);
  EXPECT_EQ(*rung(analysis.summary, "driver").bytes, *rung(analysis.summary, "reserved").bytes + 14 * kMiB);
  EXPECT_GE(*rung(analysis.summary, "page-locked host memory").bytes, 4 * kMiB);
  EXPECT_GE(share(analysis.summary, "LibTorch")->pinned_peak_bytes, 4 * kMiB);
}

TEST_F(Driver, LeavesCuptiAloneIfItIsTold) {
  SessionOptions without = options();
  without.driver_allocations = false;
  Session session(without);
  train();
  const Summary summary = stop(session).summary;
  EXPECT_FALSE(summary.driver);
  EXPECT_EQ(rung(summary, "driver").why_not_measured, "CUPTI was to be left alone");
  EXPECT_TRUE(rung(summary, "process").bytes) << "NVML is another library";
}

TEST_F(Driver, TwoSessionsOneAfterTheOther) {
  {
    Session session(options("first"));
    train();
    allocator::emptyCache();
    expect_all_segments_covered(stop(session));
  }
  Session session(options("second"));
  train();
  const Summary summary = stop(session).summary;
  ASSERT_TRUE(summary.driver) << summary.footer.driver_limitation;
  EXPECT_EQ(summary.driver->allocator_at_peak_bytes, summary.devices.front().reserved_peak_bytes);
  EXPECT_GT(summary.driver->carried_in_bytes, 0) << "cuBLAS keeps its workspaces";
  EXPECT_LT(summary.driver->carried_in_bytes, summary.driver->allocator_at_peak_bytes);
}

TEST_F(Driver, WhatWasThereBeforeTheSessionIsCarriedIn) {
  const at::Tensor before = torch::zeros({10 << 20}, kOnCard);
  Session session(options());
  train();
  const Summary summary = stop(session).summary;
  ASSERT_TRUE(summary.driver);
  EXPECT_EQ(summary.driver->carried_in_bytes, 40 * kMiB);
  EXPECT_EQ(summary.driver->allocator_at_peak_bytes, summary.devices.front().reserved_peak_bytes);
  EXPECT_THAT(rung(summary, "driver").explanation, HasSubstr("41,943,040 B of segments are from before"));
}

// LibTorch's own profiler, Kineto, which uses CUPTI too and keeps it once it has it.

constexpr const char* kHeldByKineto = "another profiler holds CUPTI, which serves one at a time";

class OwnProfiler {
 public:
  OwnProfiler() {
    kineto::prepareProfiler(config_, activities_);
    kineto::enableProfiler(config_, activities_);
  }
  /// Names of what it saw.
  std::vector<std::string> stop() {
    const auto result = kineto::disableProfiler();
    std::vector<std::string> names;
    for (const auto& event : result->events()) names.push_back(event.name());
    return names;
  }

 private:
  kineto::ProfilerConfig config_{torch::profiler::impl::ProfilerState::KINETO};
  std::set<torch::profiler::impl::ActivityType> activities_{torch::profiler::impl::ActivityType::CPU,
                                                            torch::profiler::impl::ActivityType::CUDA};
};

TEST_F(Driver, OwnProfilerBeforeASession) {
  OwnProfiler profiler;
  train();
  EXPECT_THAT(profiler.stop(), testing::Contains("aten::addmm"));
  Session session(options());
  train();
  const Summary summary = stop(session).summary;
  EXPECT_FALSE(summary.driver);
  EXPECT_THAT(rung(summary, "driver").why_not_measured, StartsWith(kHeldByKineto));
  EXPECT_EQ(summary.peak.requested_bytes, allocator::getDeviceStats(0).requested_bytes[0].peak);
  OwnProfiler again;
  train();
  EXPECT_THAT(again.stop(), testing::Contains("aten::addmm"));
}

TEST_F(Driver, OwnProfilerAfterASession) {
  {
    Session session(options());
    train();
    allocator::emptyCache();
    expect_all_segments_covered(stop(session));
  }
  OwnProfiler profiler;
  train();
  EXPECT_THAT(profiler.stop(), testing::Contains("aten::addmm"));
  Session session(options("after"));
  EXPECT_THAT(stop(session).summary.footer.driver_limitation, HasSubstr(kHeldByKineto)) << "it did get CUPTI";
}

TEST_F(Driver, OwnProfilerAroundASession) {
  OwnProfiler profiler;
  Session session(options());
  train();
  const Summary summary = stop(session).summary;
  EXPECT_THAT(rung(summary, "driver").why_not_measured, StartsWith(kHeldByKineto));
  train();
  EXPECT_THAT(profiler.stop(), testing::Contains("aten::addmm"));
}

TEST_F(Driver, OwnProfilerInsideASession) {
  Session session(options());
  {
    OwnProfiler profiler;
    train();
    EXPECT_THAT(profiler.stop(), testing::Contains("aten::addmm"));
  }
  allocator::emptyCache();
  train();
  expect_all_segments_covered(stop(session));
  OwnProfiler again;
  train();
  EXPECT_THAT(again.stop(), testing::Contains("aten::addmm"));
}

}  // namespace
}  // namespace profile_train
