// The ladder, and what lies behind its driver rung, as people and programs read them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/json.h"
#include "reports/terminal.h"
#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

Summary on_card() {
  Summary summary = testing::example_summary();
  summary.ladder = {
      {"requested", 1000, "", ""}, {"driver", 5000, "", "by library"}, {"process", {}, "NVML is not there"}};
  summary.ladder[1].parts = {{"NCCL", 3500}, {"cuDNN", 400}};
  summary.ladder[1].residual_bytes = 100;
  summary.driver = DriverLevel{.peak_bytes = 5000, .peak_step = 2, .peak_phase = Phase::optimizer_step};
  summary.driver->pinned_peak_bytes = 64;
  summary.driver->libraries = {{"NCCL", 3500, 3600, 64, 7}, {"", 400, 400, 0, 1}};
  return summary;
}

TEST(LadderReport, InTheTerminalShowsWhatAStepConsistsOfAndItsResidual) {
  const std::string report = render_terminal(on_card(), {false, 100, 10, {}});
  EXPECT_THAT(report, ContainsRegex("5,000 B .*driver"));
  EXPECT_THAT(report, ContainsRegex("3,500 B .*[+] NCCL"));
  EXPECT_THAT(report, ContainsRegex("400 B .*[+] cuDNN"));
  EXPECT_THAT(report, ContainsRegex("100 B .*[+] residual"));
  EXPECT_THAT(report, HasSubstr("process · not measured: NVML is not there"));
}

TEST(LadderReport, AsJsonHasPartsOnlyWhereThereAreSome) {
  const json report = json::parse(to_json(on_card()));
  const json& ladder = report.at("ladder");
  EXPECT_FALSE(ladder.at(0).contains("parts"));
  EXPECT_EQ(ladder.at(1).at("parts").at(0), (json{{"what", "NCCL"}, {"bytes", 3500}}));
  EXPECT_EQ(ladder.at(1).at("residual_bytes"), 100);
}

TEST(LadderReport, AsJsonTellsOfTheDriverByLibrary) {
  const json driver = json::parse(to_json(on_card())).at("driver");
  EXPECT_EQ(driver.at("peak_bytes"), 5000);
  EXPECT_EQ(driver.at("peak_phase"), "optimizer_step");
  EXPECT_EQ(driver.at("page_locked_peak_bytes"), 64);
  EXPECT_EQ(driver.at("libraries").at(0).at("library"), "NCCL");
  EXPECT_EQ(driver.at("libraries").at(0).at("peak_bytes"), 3600);
  EXPECT_TRUE(driver.at("libraries").at(1).at("library").is_null());
  EXPECT_NE(driver.at("libraries").at(1).at("library_why_not"), "");
}

TEST(LadderReport, AsJsonSaysWhyNothingOfTheDriverIsKnown) {
  Summary summary = on_card();
  summary.driver.reset();
  summary.footer.driver_limitation = "Driver allocations are not recorded: there is no CUDA driver.";
  const json report = json::parse(to_json(summary));
  EXPECT_TRUE(report.at("driver").is_null());
  EXPECT_EQ(report.at("driver_why_not"), summary.footer.driver_limitation);
}

}  // namespace
}  // namespace profile_train::reports
