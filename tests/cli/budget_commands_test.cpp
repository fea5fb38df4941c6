// check, baseline, diff and matrix as people meet them: what they print, refuse and leave behind, and their exit codes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two recorded runs of the smallest configuration, one of which held its logits; made once.
class BudgetCommands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    fs::remove_all(runs());
    fs::create_directories(runs());
    ASSERT_EQ(Program::run({"--config", "gpt_tiny", "--set", "train.steps=5", "-o", "plain", "-q"}, runs()).exit_code,
              0);
    ASSERT_EQ(Program::run({"--config", "gpt_tiny", "--set", "train.steps=5", "--set", "loss.hold_logits=true", "-o",
                            "held", "-q"},
                           runs())
                  .exit_code,
              0);
  }
  static void TearDownTestSuite() { fs::remove_all(runs()); }
  static fs::path runs() {
    return fs::path(::testing::TempDir()) / ("budget_commands_runs_" + std::to_string(getpid()));
  }

  BudgetCommands() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~BudgetCommands() override { fs::remove_all(folder_); }

  Finished run(const std::vector<std::string>& arguments) const { return Program::run(arguments, folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  static void expect_refused(const Finished& finished, const ::testing::Matcher<std::string>& sentence) {
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_THAT(finished.err, sentence);
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("budget_commands_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  const std::string plain_ = runs() / "plain" / "trace.ptrace";
  const std::string held_ = runs() / "held" / "trace.ptrace";
};

TEST_F(BudgetCommands, ARunKeepsTheBudgetThatWasMadeFromIt) {
  ASSERT_EQ(run({"baseline", plain_, "--headroom", "5%", "-o", "budgets.yaml"}).exit_code, 0);
  const Finished finished = run({"check", plain_, "--budget", "budgets.yaml"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("peak.requested"), HasSubstr("categories.logits"), HasSubstr("within")));
}

TEST_F(BudgetCommands, HeldLogitsExceedItAndAreNamed) {
  ASSERT_EQ(run({"baseline", plain_, "-o", "budgets.yaml"}).exit_code, 0);
  const Finished finished =
      run({"check", held_, "--budget", "budgets.yaml", "--junit", "out.xml", "--markdown", "out.md"});
  EXPECT_EQ(finished.exit_code, 1) << finished.out << finished.err;
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("exceeded"), HasSubstr("logits float32[512, 256], aten::linear in lm_head")));
  EXPECT_THAT(read_text(folder_ / "out.xml"), AllOf(HasSubstr("<failure"), HasSubstr("aten::linear in lm_head")));
  EXPECT_THAT(read_text(folder_ / "out.md"), HasSubstr("Memory budget not kept"));
  const Finished as_json = run({"check", held_, "--budget", "budgets.yaml", "--json"});
  EXPECT_EQ(as_json.exit_code, 1);
  EXPECT_EQ(json::parse(as_json.out)["verdict"], "exceeded");
}

TEST_F(BudgetCommands, LimitsMayReferToAnEarlierRun) {
  write("budgets.yaml", "tolerance: 1 %\npeak: {requested: baseline}\ncategories: {logits: baseline}\n");
  for (const std::string& baseline : {plain_, (runs() / "plain" / "report.json").string()}) {
    EXPECT_EQ(run({"check", plain_, "--budget", "budgets.yaml", "--baseline", baseline}).exit_code, 2);  // names none
  }
  write("budgets.yaml", "baseline: " + (runs() / "plain" / "report.json").string() +
                            "\ntolerance: 1 %\npeak: {requested: baseline}\ncategories: {logits: baseline}\n");
  EXPECT_EQ(run({"check", plain_, "--budget", "budgets.yaml"}).exit_code, 0);
  EXPECT_EQ(run({"check", held_, "--budget", "budgets.yaml"}).exit_code, 1);
  EXPECT_EQ(run({"check", held_, "--budget", "budgets.yaml", "--baseline", held_}).exit_code, 0);
}

TEST_F(BudgetCommands, WhatCannotBeMeasuredEndsWithThree) {
  write("budgets.yaml", "peak: {reserved: 1 TiB}\n");
  const Finished finished = run({"check", plain_, "--budget", "budgets.yaml"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.out, HasSubstr("not measured"));
}

TEST_F(BudgetCommands, ATraceThatIsCutShortNeverPasses) {
  const std::string whole = read_text(plain_);
  write("cut.ptrace", whole.substr(0, whole.size() - 50));
  write("budgets.yaml", "peak: {requested: 1 TiB}\n");
  const Finished finished = run({"check", "cut.ptrace", "--budget", "budgets.yaml"});
  EXPECT_EQ(finished.exit_code, 3) << finished.out;
  EXPECT_THAT(finished.out, HasSubstr("cannot be judged"));
  EXPECT_EQ(run({"baseline", "cut.ptrace"}).exit_code, 3);
}

TEST_F(BudgetCommands, RefusesBadBudgetsTracesAndOptionsInOneSentence) {
  write("typo.yaml", "peak:\n  requestd: 1 GiB\n");
  expect_refused(run({"check", plain_, "--budget", "typo.yaml"}),
                 AllOf(HasSubstr("typo.yaml:2"), HasSubstr("peak.requested")));
  expect_refused(run({"check", plain_, "--budget", "nowhere.yaml"}), HasSubstr("nowhere.yaml"));
  write("budgets.yaml", "growth: 0 B\n");
  expect_refused(run({"check", "nowhere.ptrace", "--budget", "budgets.yaml"}), HasSubstr("nowhere.ptrace"));
  expect_refused(run({"check", plain_}), HasSubstr("--budget"));
  expect_refused(run({"baseline", plain_, "--headroom", "lots"}), AllOf(HasSubstr("--headroom"), HasSubstr("5%")));
  expect_refused(run({"diff", plain_, "nowhere.ptrace"}), HasSubstr("nowhere.ptrace"));
}

TEST_F(BudgetCommands, ReplacesNothingUnlessForced) {
  write("budgets.yaml", "growth: 0 B\n");
  expect_refused(run({"baseline", plain_, "-o", "budgets.yaml"}),
                 AllOf(HasSubstr("budgets.yaml"), HasSubstr("--force")));
  EXPECT_EQ(read_text(folder_ / "budgets.yaml"), "growth: 0 B\n");
  write("out.xml", "old");
  expect_refused(run({"check", plain_, "--budget", "budgets.yaml", "--junit", "out.xml"}), HasSubstr("--force"));
  EXPECT_EQ(run({"check", plain_, "--budget", "budgets.yaml", "--junit", "out.xml", "--force"}).exit_code, 0);
  write("out.html", "old");
  expect_refused(run({"diff", plain_, held_, "--html", "out.html"}), HasSubstr("--force"));
}

TEST_F(BudgetCommands, DiffNamesWhatIsNew) {
  const Finished finished = run({"diff", plain_, held_, "--html", "diff.html"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("loss.hold_logits"), HasSubstr("logits float32[512, 256]"), HasSubstr("new")));
  EXPECT_THAT(read_text(folder_ / "diff.html"), AllOf(HasSubstr("id=\"timelines\""), HasSubstr("</html>")));
  const json report = json::parse(run({"diff", plain_, held_, "--json"}).out);
  EXPECT_EQ(report["change_bytes"], report["new"]["peak"]["requested_bytes"].get<std::int64_t>() -
                                        report["old"]["peak"]["requested_bytes"].get<std::int64_t>());
}

TEST_F(BudgetCommands, DiffTakesReportsAndCanFail) {
  const std::string plain_report = runs() / "plain" / "report.json";
  EXPECT_EQ(run({"diff", plain_report, held_, "--fail-if-higher"}).exit_code, 1);
  EXPECT_EQ(run({"diff", held_, plain_report, "--fail-if-higher"}).exit_code, 0);
  EXPECT_EQ(json::parse(run({"diff", plain_report, plain_, "--json"}).out)["change_bytes"], 0);
}

TEST_F(BudgetCommands, AMatrixHasARowForEachCombinationAndForThoseThatFail) {
  // Heads that do not divide the hidden size are refused; the other rows are not the worse for it.
  const Finished finished = run({"matrix", "--config", "gpt_tiny", "--set", "train.steps=2", "--vary",
                                 "model.heads=4,3", "--vary", "train.batch_size=2,1", "-o", "out", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const json report = json::parse(finished.out);
  ASSERT_EQ(report["rows"].size(), 4U);
  EXPECT_EQ(report["rows"][0]["saved_bytes"], 0);
  EXPECT_GT(report["rows"][1]["saved_bytes"], 0);
  EXPECT_EQ(report["rows"][1]["run"]["residual_bytes"], 0);
  EXPECT_THAT(report["rows"][2]["failure"].get<std::string>(), HasSubstr("do not divide"));
  EXPECT_TRUE(report["rows"][2]["run"].is_null());
  EXPECT_EQ(read_text(folder_ / "out" / "matrix.json"), finished.out);
  EXPECT_THAT(read_text(folder_ / "out" / "matrix.html"), HasSubstr("do not divide"));
  EXPECT_TRUE(fs::exists(folder_ / "out" / "rows" / "001" / "report.html"));
  expect_refused(run({"matrix", "--config", "gpt_tiny", "--vary", "model.heads=4", "-o", "out"}), HasSubstr("--force"));
}

TEST_F(BudgetCommands, AMatrixTakesTheValuesOfAKeyFromTheConfiguration) {
  const Finished finished =
      run({"matrix", "--config", "gpt_tiny", "--set", "train.steps=2", "--vary", "zero_grad", "-o", "out"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("set_to_none"), HasSubstr("zero"), HasSubstr("2 of 2")));
}

TEST_F(BudgetCommands, AMatrixRefusesWhatItCannotVary) {
  const auto vary = [&](const std::string& keys) {
    return run({"matrix", "--config", "gpt_tiny", "--vary", keys, "-o", "out"});
  };
  expect_refused(vary("presicion"), HasSubstr("did you mean precision?"));
  expect_refused(vary("train.batch_size"), HasSubstr("--vary train.batch_size=1,2,4"));
  expect_refused(vary("train.batch_size=1,,2"), HasSubstr("empty"));
  expect_refused(vary("precision,precision"), HasSubstr("twice"));
  expect_refused(run({"matrix", "--config", "gpt_tny", "--vary", "precision"}), HasSubstr("gpt_tiny"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

}  // namespace
}  // namespace profile_train::testing
