#include "cli/simulation_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "profiler/byte_size.h"

namespace profile_train::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What the library writes: a process that took 3 MiB of tensors in a segment of 4 MiB.
Json process(pid_t pid) {
  return {{"process", {{"pid", pid}, {"command", "python train.py"}}},
          {"devices",
           {{{"device", 0},
             {"requested_peak_bytes", 3145728},
             {"allocated_peak_bytes", 3146240},
             {"reserved_peak_bytes", 4194304},
             {"driver_peak_bytes", 4194304},
             {"driver_bytes_at_end", 0},
             {"step_of_peak", 2}}}},
          {"pinned_peak_bytes", 0},
          {"launches", 1234},
          {"steps", 5},
          {"reads", Json::array()},
          {"latest_read", nullptr},
          {"calls_not_implemented", Json::array()},
          {"memory_not_included", Json::array()},
          {"notes", Json::array()},
          {"stopped_because", nullptr}};
}

Json read(const std::string& kind, const std::string& operation, int times) {
  return {{"kind", kind},  {"operation", operation}, {"source", "train.py:31 in main"},
          {"answer", "0"}, {"times", times},         {"bytes", 8}};
}

class SimulationSummaryTest : public ::testing::Test {
 protected:
  SimulationSummaryTest() { fs::create_directories(folder_); }
  ~SimulationSummaryTest() override { fs::remove_all(folder_); }

  void write(const Json& json) const {
    std::ofstream(folder_ / (std::to_string(json["process"]["pid"].get<int>()) + ".json")) << json;
  }
  std::string rendered(ProgramEnd end = {}) const {
    SimulationRecord record{.command = "python train.py", .end = end};
    record.settings.card = {.key = "t4", .name = "Tesla T4", .memory_bytes = 15843721216};
    record.end.process = 100;
    read_processes(folder_, record);
    return render_simulation(record, {.width = 120});
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("simulation_summary_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(SimulationSummaryTest, GivesThePeaksAndThatTheyAreExact) {
  write(process(100));
  EXPECT_THAT(rendered(),
              AllOf(HasSubstr("Tesla T4 (t4) · 14.76 GiB, 15,843,721,216 B"), HasSubstr("3,145,728 B"),
                    HasSubstr("3,146,240 B"), HasSubstr("4,194,304 B"), HasSubstr("reached in step 2"),
                    HasSubstr("1,234 launches · 5 optimizer steps"), HasSubstr("exact: no size depended on a value"),
                    HasSubstr("not measured on this card")));
}

TEST_F(SimulationSummaryTest, NamesEachReasonWhyAFigureMayBeTooLow) {
  Json json = process(100);
  json["reads"] = {read("shape", "aten::nonzero", 3)};
  json["memory_not_included"] = {{{"what", "workspace of cuDNN's attention"}, {"times", 1}, {"taken_by", "program"}},
                                 {{"what", "what cuBLAS allocates for itself"}, {"times", 1}, {"taken_by", "library"}}};
  json["calls_not_implemented"] = {{{"what", "cusolverDnFoo"}, {"times", 2}}};
  write(json);
  EXPECT_THAT(rendered(),
              AllOf(HasSubstr("under-estimate possible: 3 shape-steering reads at train.py:31 in main (aten::nonzero)"),
                    HasSubstr("under-estimate possible: not counted, 1 time: workspace of cuDNN's attention"),
                    HasSubstr("not included in the driver's figure: what cuBLAS allocates for itself"),
                    HasSubstr("cusolverDnFoo"), Not(HasSubstr("exact:"))));
}

TEST_F(SimulationSummaryTest, ExplainsAProgramThatFailedAfterAskingForAValue) {
  Json json = process(100);
  json["reads"] = {read("control flow", "aten::equal", 1)};
  json["latest_read"] = json["reads"][0];
  write(json);
  EXPECT_THAT(rendered({.exit_code = 1}),
              AllOf(HasSubstr("exited with 1"), HasSubstr("The last value it asked for was aten::equal at train.py:31"),
                    HasSubstr("no parameter changes"), HasSubstr("exact up to where the program ended")));
  EXPECT_THAT(rendered(), Not(HasSubstr("The last value")));
  EXPECT_THAT(rendered({.signal = SIGINT, .interrupted = true}), Not(HasSubstr("The last value")));
}

TEST_F(SimulationSummaryTest, PutsTheProgramItselfFirstAndListsTheOthers) {
  Json other = process(50);
  other["devices"][0]["driver_peak_bytes"] = 8388608;
  other["process"]["command"] = "python worker.py";
  write(other);
  write(process(100));
  const std::string text = rendered();
  EXPECT_LT(text.find("4,194,304 B"), text.find("8,388,608 B"));
  EXPECT_THAT(text, AllOf(HasSubstr("OTHER PROCESSES"), HasSubstr("python worker.py")));
}

TEST_F(SimulationSummaryTest, TellsWhichLimitEndedAProgram) {
  Json json = process(100);
  json["stopped_because"] = "stopped after 1000 launches, the limit that was set";
  write(json);
  EXPECT_THAT(rendered({.exit_code = 1}), HasSubstr("stopped after 1000 launches"));
}

TEST_F(SimulationSummaryTest, SurvivesFilesThatAreCutOrForeign) {
  std::ofstream(folder_ / "7.json") << "{\"process\": {\"pid\":";
  std::ofstream(folder_ / "8.json") << "[1, 2]";
  std::ofstream(folder_ / "9.json.part") << "{";
  EXPECT_THAT(rendered(), AllOf(HasSubstr("7.json cannot be read"), HasSubstr("8.json cannot be read"),
                                HasSubstr("The device was not used"), Not(HasSubstr("9.json"))));
}

TEST_F(SimulationSummaryTest, ShowsNoControlCharactersOfForeignPrograms) {
  Json json = process(100);
  json["notes"] = {"a \x1b[31m note"};
  write(json);
  EXPECT_THAT(rendered(), Not(HasSubstr("\x1b")));
}

TEST(ByteSize, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_byte_size("24 GiB"), 25'769'803'776U);
  EXPECT_EQ(parse_byte_size("24GiB"), 25'769'803'776U);
  EXPECT_EQ(parse_byte_size("24GB"), 24'000'000'000U);
  EXPECT_EQ(parse_byte_size("24 gb"), 24'000'000'000U);
  EXPECT_EQ(parse_byte_size("1.5 MiB"), 1'572'864U);
  EXPECT_EQ(parse_byte_size("4096 B"), 4096U);
  EXPECT_EQ(parse_byte_size("4096"), 4096U);
  for (const char* none : {"", " ", "GiB", "24 XB", "-1GiB", "0", "24 GiB x", "nan", "inf", "1e30", "99999 TiB"}) {
    EXPECT_FALSE(parse_byte_size(none)) << none;
  }
}

}  // namespace
}  // namespace profile_train::cli
