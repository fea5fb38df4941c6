// A training run on whatever card CUDA finds, against what allocator and driver say of themselves.

#include <c10/cuda/CUDACachingAllocator.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>

#include "hooks/session.h"
#include "profiler/allocator/trace_replay.h"
#include "profiler/analysis.h"
#include "profiler/driver_level.h"
#include "profiler/trace_reader.h"
#include "workloads/config.h"
#include "workloads/device.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;

const LadderRung& rung(const Summary& summary, std::string_view name) {
  for (const LadderRung& r : summary.ladder)
    if (r.rung == name) return r;
  throw std::out_of_range(std::string(name));
}

class Card : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto ready = workloads::prepare_device("cuda"); !ready) GTEST_SKIP() << ready.error().message;
    fs::create_directories(folder_);
  }
  ~Card() override { fs::remove_all(folder_); }

  Analysis train(const std::string& name, const std::vector<std::string>& overrides = {}) {
    auto config = workloads::load_config(name, overrides, PROFILE_TRAIN_RESOURCES);
    if (!config) throw std::runtime_error(config.error().message);
    config->device = "cuda";
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    c10::cuda::CUDACachingAllocator::emptyCache();
    reserved_before_bytes_ = c10::cuda::CUDACachingAllocator::getDeviceStats(0).reserved_bytes[0].current;
    Session session({.trace_path = (folder_ / "trace.ptrace").string(),
                     .device = "cuda",
                     .config_name = name,
                     .setup = workloads::setup_of(*config),
                     .overwrite = true});
    const auto trained = workloads::train(*config, &session, {});
    EXPECT_TRUE(trained) << trained.error().message;
    const SessionResult recorded = session.stop();
    EXPECT_EQ(recorded.limitation, "");
    EXPECT_EQ(recorded.counts.dropped_events, 0U);
    auto trace = read_trace(recorded.trace_path);
    if (!trace) throw std::runtime_error(trace.error().message);
    return analyse(std::move(*trace));
  }

  Bytes reserved_before_bytes_ = 0;  ///< what cuBLAS keeps of an earlier test in this process
  const fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("card_test_{}", getpid());
};

TEST_F(Card, PeakIsTheAllocatorsOwn) {
  const Summary summary = train("gpt_tiny").summary;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(0);
  EXPECT_EQ(summary.peak.requested_bytes, stats.requested_bytes[0].peak);
  EXPECT_EQ(summary.devices.front().reserved_peak_bytes, stats.reserved_bytes[0].peak);
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 0);
  EXPECT_EQ(summary.peak.residual_bytes, 0);
}

TEST_F(Card, LadderIsMonotoneAsFarAsItIsMeasured) {
  const Summary summary = train("gpt_small", {"train.steps=2"}).summary;
  Bytes below = 0;
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"}) {
    const LadderRung& r = rung(summary, name);
    if (!r.bytes) {
      fmt::print("{}: not measured: {}\n", name, r.why_not_measured);
      EXPECT_NE(r.why_not_measured, "");
      continue;
    }
    fmt::print("{}: {} B, residual {} B\n", name, *r.bytes, r.residual_bytes.value_or(0));
    EXPECT_GE(*r.bytes, below) << name;
    below = *r.bytes;
  }
  EXPECT_EQ(summary.footer.own_device_bytes, 0);
}

TEST_F(Card, EverySegmentWasSeenAtTheDriver) {
  const Summary summary = train("gpt_tiny").summary;
  if (!summary.driver) GTEST_SKIP() << summary.footer.driver_limitation;
  EXPECT_EQ(summary.footer.driver_limitation, "");
  EXPECT_EQ(summary.driver->carried_in_bytes, reserved_before_bytes_);
  EXPECT_EQ(summary.driver->allocator_at_peak_bytes, summary.devices.front().reserved_peak_bytes);
  for (const DriverShare& share : summary.driver->libraries)
    fmt::print("{}: {} B at the peak, {} allocations\n", share.library, share.at_peak_bytes, share.allocations);
}

TEST_F(Card, SpikeOfGptSmallIsExact) {
  const Summary summary = train("gpt_small", {"train.steps=2"}).summary;
  EXPECT_EQ(summary.model.why_not, "");
  EXPECT_EQ(summary.model.spike.residual_bytes, 0);
  EXPECT_EQ(summary.model.peak.residual_bytes, 0);
}

TEST_F(Card, AllocatorsRulesPlaceEveryBlockWhereItWas) {
  const Analysis analysis = train("gpt_tiny");
  allocator::TraceReplay replay(analysis.trace, DeviceType::cuda, 0);
  const allocator::ReplayResult result = replay.run();
  EXPECT_EQ(result.why_not, "");
  EXPECT_GT(result.events, 0U);
  if (result.disagreement) ADD_FAILURE() << "event " << result.disagreement->event << ": " << result.disagreement->what;
}

}  // namespace
}  // namespace profile_train
