// The main job on a simulated card whose CUPTI and NVML fail: training goes on, and the report says what is missing and
// why.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "simulator/card_file.h"
#include "simulator/settings.h"
#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class CardWithFaults : public ::testing::Test {
 protected:
  CardWithFaults() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~CardWithFaults() override {
    fs::remove_all(folder_);
    unsetenv("LD_PRELOAD");
    unsetenv(simulator::kSettingsVariable);
  }

  json report_of_run_with(const std::string& faults, const std::vector<std::string>& options = {}) const {
    const auto card =
        simulator::read_card_file(PROFILE_TRAIN_CARDS "/h200.yaml", [](auto, auto) { return std::nullopt; });
    simulator::Settings settings;
    settings.card = card->card;
    settings.faults = faults;
    setenv(simulator::kSettingsVariable, simulator::encode(settings).c_str(), 1);
    setenv("LD_PRELOAD", PROFILE_TRAIN_SIMULATION_LIBRARIES, 1);
    std::vector<std::string> arguments = {
        "--config", "gpt_tiny", "--set", "train.steps=2", "--device", "sim:h200", "--json", "--force", "-o", "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = Program::run(arguments, folder_);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }
  static json rung(const json& report, std::string_view name) {
    for (const json& r : report.at("ladder"))
      if (r.at("rung") == name) return r;
    return {};
  }
  static void expect_trained(const json& report) {
    EXPECT_EQ(report.at("steps").size(), 2U);
    EXPECT_EQ(report.at("peak").at("residual_bytes"), 0);
    EXPECT_EQ(report.at("losses").at("dropped_events"), 0);
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / ("driver_faults_test_" + std::to_string(getpid()));
};

TEST_F(CardWithFaults, NoneMakesEveryRungMeasuredAndTheLadderMonotone) {
  const json report = report_of_run_with("");
  expect_trained(report);
  EXPECT_THAT(report.at("warnings"), IsEmpty());
  std::int64_t below = 0;
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"}) {
    ASSERT_TRUE(rung(report, name).at("bytes").is_number()) << rung(report, name);
    EXPECT_GE(rung(report, name).at("bytes"), below) << name;
    below = rung(report, name).at("bytes");
  }
  EXPECT_EQ(rung(report, "driver").at("residual_bytes"), 0);
  EXPECT_EQ(rung(report, "the profiler's own").at("bytes"), 0);
  EXPECT_EQ(report.at("driver").at("carried_in_bytes"), 0);
  EXPECT_EQ(report.at("driver").at("libraries").at(0).at("library"), "LibTorch's allocator");
}

TEST_F(CardWithFaults, OfCuptiLeaveTheDriversRungWithItsReason) {
  const struct {
    const char* fault;
    const char* reason;
  } cases[] = {
      {"cuptiSubscribe=39", "\"CUPTI for an injected fault\" holds CUPTI, which serves one profiler at a time"},
      {"cuptiSubscribe=999", "CUPTI could not be initialised, CUPTI_ERROR_UNKNOWN (999)"},
      {"cuptiEnableCallback=35", "the driver lets only administrators profile"},
  };
  for (const auto& [fault, reason] : cases) {
    SCOPED_TRACE(fault);
    const json report = report_of_run_with(fault);
    expect_trained(report);
    EXPECT_TRUE(rung(report, "driver").at("bytes").is_null());
    EXPECT_THAT(rung(report, "driver").at("why_not_measured").get<std::string>(), StartsWith(reason));
    EXPECT_THAT(report.at("driver_why_not").get<std::string>(), HasSubstr(reason));
    EXPECT_THAT(report.at("warnings"), Contains(HasSubstr(reason)));
    EXPECT_TRUE(rung(report, "process").at("bytes").is_number());
  }
}

TEST_F(CardWithFaults, OfRecordsAreAWarningBesideTheFigure) {
  const json report = report_of_run_with("cuptiRecord=1");
  expect_trained(report);
  EXPECT_TRUE(rung(report, "driver").at("bytes").is_number());
  EXPECT_THAT(report.at("warnings"), Contains(HasSubstr("CUPTI's memory records are incomplete: CUPTI dropped")));
}

TEST_F(CardWithFaults, OfNvmlLeaveTheProcessWithItsReason) {
  const json report = report_of_run_with("nvmlInit=9");
  expect_trained(report);
  EXPECT_EQ(rung(report, "process").at("why_not_measured"), "NVML answers \"Driver Not Loaded\"");
  EXPECT_TRUE(rung(report, "device").at("bytes").is_number()) << "the driver says that too";
  EXPECT_TRUE(rung(report, "driver").at("bytes").is_number());
}

TEST_F(CardWithFaults, AndWithoutCuptiItIsLeftAlone) {
  const json report = report_of_run_with("", {"--no-cupti"});
  expect_trained(report);
  EXPECT_EQ(rung(report, "driver").at("why_not_measured"), "CUPTI was to be left alone");
}

}  // namespace
}  // namespace profile_train::testing
