// A request that the caching allocator cannot serve, on a simulated card: who is told, when, and what there is to read.

#include <c10/cuda/CUDACachingAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "reports/out_of_memory_report.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;
namespace allocator = c10::cuda::CUDACachingAllocator;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kTooLarge = std::int64_t{1} << 42;
constexpr double kFraction = 200e6 / 150109880320.0;  // 200 MB of an H200
const auto kOnCard = torch::TensorOptions().device(torch::kCUDA);

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Small enough to see through; x (rows, 256) is what its memory grows with.
struct Net : torch::nn::Module {
  torch::Tensor weight = register_parameter("weight", torch::zeros({256, 4096}, kOnCard));
  torch::Tensor forward(const torch::Tensor& x) const {
    const ModuleGuard module("net");
    return torch::mm(x, weight).relu();
  }
};

void step(const std::shared_ptr<Net>& net, torch::optim::Optimizer& optimizer, std::int64_t number, std::int64_t rows) {
  const StepGuard guard(number);
  torch::Tensor loss;
  {
    const PhaseGuard phase(Phase::forward);
    loss = net->forward(torch::ones({rows, 256}, kOnCard)).sum();
  }
  {
    const PhaseGuard phase(Phase::backward);
    loss.backward();
  }
  const PhaseGuard phase(Phase::optimizer_step);
  optimizer.step();
  optimizer.zero_grad();
}

class OutOfMemoryTest : public testing::Test {
 protected:
  OutOfMemoryTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    allocator::emptyCache();
  }
  ~OutOfMemoryTest() override {
    allocator::setMemoryFraction(1.0, 0);
    fs::remove_all(folder_);
  }
  SessionOptions options(std::function<void(const std::string&)> told) const {
    return {.trace_path = (folder_ / "run.ptrace").string(),
            .device = "cuda",
            .overwrite = true,
            .on_out_of_memory = std::move(told)};
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("out_of_memory_test_" + std::to_string(getpid()));
};

TEST_F(OutOfMemoryTest, TheTraceCanBeReadAtTheMomentOfFailure) {
  int told = 0;
  bool thrown = false;
  Trace seen;
  Session session(options([&](const std::string& path) {
    ++told;
    EXPECT_FALSE(thrown) << "before the exception";
    if (auto trace = read_trace(path)) seen = std::move(*trace);
  }));
  const at::Tensor kept = at::ones({1000}, kOnCard);
  EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
  thrown = true;
  const at::Tensor after = at::ones({10}, kOnCard);  // the program goes on
  session.stop();
  EXPECT_EQ(told, 1);
  const Summary summary = analyse(std::move(seen)).summary;
  ASSERT_EQ(summary.out_of_memory.size(), 1U);
  EXPECT_EQ(summary.out_of_memory[0].request_bytes, kTooLarge * 4);
  EXPECT_EQ(summary.out_of_memory[0].op, "aten::empty");
  EXPECT_EQ(summary.out_of_memory[0].requested_bytes, allocator::getDeviceStats(0).requested_bytes[0].current - 40);
}

TEST_F(OutOfMemoryTest, WhatTheListenerThrowsIsLostAndItsOwnFailuresAreNotTold) {
  int told = 0;
  Session session(options([&](const std::string&) {
    ++told;
    EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
    throw std::runtime_error("no");
  }));
  EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
  EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
  session.stop();
  EXPECT_EQ(told, 2);
}

TEST_F(OutOfMemoryTest, NobodyIsToldOnceTheSessionHasStopped) {
  int told = 0;
  {
    Session first(options([&](const std::string&) { ++told; }));
    first.stop();
    EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
  }
  Session second({.trace_path = (folder_ / "second.ptrace").string(), .device = "cuda"});
  EXPECT_THROW(at::empty({kTooLarge}, kOnCard), c10::OutOfMemoryError);
  second.stop();
  EXPECT_EQ(told, 0);
}

TEST_F(OutOfMemoryTest, OnTheThirdStepTheReportSaysWhatTheDeviceHeld) {
  allocator::setMemoryFraction(kFraction, 0);
  fs::path report;
  Session session(options([&](const std::string& path) {
    const auto written = reports::write_out_of_memory_report(path);
    if (written) report = *written;
  }));
  const auto net = std::make_shared<Net>();
  torch::optim::AdamW optimizer(net->parameters());
  session.watch(*net, optimizer);
  step(net, optimizer, 1, 1024);
  step(net, optimizer, 2, 1024);
  EXPECT_THROW(step(net, optimizer, 3, 16 * 1024), c10::OutOfMemoryError);
  step(net, optimizer, 4, 1024);  // and the program goes on
  session.stop();

  EXPECT_EQ(report, folder_ / "run.out_of_memory.txt");
  EXPECT_THAT(text_of(report), AllOf(HasSubstr("OUT OF MEMORY  256.0 MiB asked for"), HasSubstr("step 3 · forward"),
                                     HasSubstr("aten::mm · net"), HasSubstr("weight.exp_avg_sq"), HasSubstr("LADDER"),
                                     HasSubstr("ALLOCATOR")));
  const auto json = nlohmann::json::parse(text_of(folder_ / "run.out_of_memory.json"));
  const auto& failed = json.at("out_of_memory").at(0);
  EXPECT_EQ(failed.at("request_bytes"), 16 * 1024 * 4096 * 4);
  EXPECT_EQ(failed.at("by_category").at("optimizer_state"), 2 * 256 * 4096 * 4);
  EXPECT_EQ(failed.at("by_category").at("weights"), 256 * 4096 * 4);
  EXPECT_EQ(failed.at("by_category").at("unknown"), 0);
  // Nobody said what the loop is: the recorded requests are asked.
  std::map<std::string, bool> enough;
  for (const auto& remedy : failed.at("remedies"))
    if (remedy.at("is_enough").is_boolean()) enough[remedy.at("change")] = remedy.at("is_enough");
  EXPECT_THAT(enough, ::testing::IsSupersetOf({std::pair<const std::string, bool>{"half the batch", false},
                                               {"optimizer state in bf16", false},
                                               {"expandable_segments:True in PYTORCH_ALLOC_CONF", false}}));
}

TEST_F(OutOfMemoryTest, NothingIsClaimedFromARecordingThatDoesNotTellOfTheLimit) {
  Session session(options({}));
  const auto net = std::make_shared<Net>();
  torch::optim::AdamW optimizer(net->parameters());
  step(net, optimizer, 1, 1024);
  allocator::setMemoryFraction(kFraction, 0);  // the session was told of the settings when it began
  EXPECT_THROW(step(net, optimizer, 2, 16 * 1024), c10::OutOfMemoryError);
  session.stop();
  const Summary summary = analyse(*read_trace((folder_ / "run.ptrace").string())).summary;
  ASSERT_EQ(summary.out_of_memory.size(), 1U);
  EXPECT_THAT(summary.out_of_memory[0].remedies, ::testing::IsEmpty());
}

TEST_F(OutOfMemoryTest, AReportOfATraceWithoutAFailedRequestIsRefused) {
  Session session(options({}));
  session.stop();
  const auto written = reports::write_out_of_memory_report((folder_ / "run.ptrace").string());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("holds no failed request"));
}

}  // namespace
}  // namespace profile_train
