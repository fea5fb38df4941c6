// The program as people meet it: what it prints, what it refuses, what it leaves behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "tests/cli/program.h"
#include "tests/workloads/print_modes.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~CommandLine() override { fs::remove_all(folder_); }

  Finished run(const std::vector<std::string>& arguments) const { return Program::run(arguments, folder_); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  json report(const std::string& folder = "out") const {
    return json::parse(read_text(folder_ / folder / "report.json"));
  }
  // Bad input: exit code 2, nothing on stdout, one line on stderr.
  static void expect_refused(const Finished& finished, const ::testing::Matcher<std::string>& sentence) {
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_THAT(finished.err, sentence);
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("command_line_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

const std::vector<std::string> kTiny = {"--config", "gpt_tiny", "-o", "out", "--set", "train.steps=3"};

std::vector<std::string> tiny_with(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = kTiny;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(CommandLine, TrainsAndExplainsEveryByteOfThePeak) {
  const Finished finished = run(kTiny);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, IsEmpty());  // no terminal, no progress
  EXPECT_THAT(finished.out, AllOf(HasSubstr("gpt_tiny"), HasSubstr("residual 0 B"), HasSubstr("out/report.html")));
  EXPECT_THAT(finished.out, Not(HasSubstr("\x1b[")));

  const json summary = report();
  json::number_integer_t sum = 0;
  for (const auto& [category, bytes] : summary["peak"]["by_category"].items())
    sum += bytes.get<json::number_integer_t>();
  EXPECT_EQ(sum, summary["peak"]["requested_bytes"]);
  EXPECT_EQ(summary["peak"]["residual_bytes"], 0);
  EXPECT_EQ(summary["peak"]["by_category"]["unknown"], 0);
  EXPECT_EQ(summary["losses"]["dropped_events"], 0);
  EXPECT_EQ(summary["steps"].size(), 3u);
  EXPECT_THAT(read_text(folder_ / "out" / "report.html"), HasSubstr("</html>"));
}

TEST_F(CommandLine, PrintsTheJsonItWrites) {
  const Finished finished = run(tiny_with({"--json"}));
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(json::parse(finished.out), report());
}

TEST_F(CommandLine, RendersATraceAgainWithTheSameNumbers) {
  ASSERT_EQ(run(kTiny).exit_code, 0);
  const Finished again = run({"report", "out/trace.ptrace", "--json", "--html", "again.html"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json::parse(again.out), report());
  EXPECT_EQ(read_text(folder_ / "again.html"), read_text(folder_ / "out" / "report.html"));
}

TEST_F(CommandLine, MakesANewFolderForEachRunIfNoneIsGiven) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(run({"--config", "gpt_tiny", "--set", "train.steps=1", "-q"}).exit_code, 0);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), fs::directory_iterator()), 2);
}

TEST_F(CommandLine, RefusesATypoInTheConfigurationWithItsPlaceAndTheNearestKey) {
  write("typo.yaml", "name: typo\nmodel:\n  blocks: 1\n  hiden: 32\n");
  expect_refused(run({"--config", "typo.yaml", "-o", "out"}),
                 AllOf(HasSubstr("typo.yaml:4"), HasSubstr("hiden"), HasSubstr("hidden")));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(CommandLine, RefusesAnOverrideThatIsNotAKey) {
  expect_refused(run(tiny_with({"--set", "train.batchsize=2"})), HasSubstr("batch_size"));
}

TEST_F(CommandLine, RefusesAConfigurationThatIsNotThere) {
  expect_refused(run({"--config", "gpt_smal.yaml"}), AllOf(HasSubstr("gpt_smal"), HasSubstr("gpt_small")));
}

TEST_F(CommandLine, RefusesATextThatIsNotThere) {
  expect_refused(run(tiny_with({"--set", "data.text=nowhere.txt"})), HasSubstr("nowhere.txt"));
  EXPECT_FALSE(fs::exists(folder_ / "out" / "report.json"));
}

TEST_F(CommandLine, RefusesAnOutputFolderThatCannotBeWritten) {
  expect_refused(run({"--config", "gpt_tiny", "-o", "/proc/nowhere"}),
                 AllOf(HasSubstr("/proc/nowhere"), HasSubstr("-o")));
  write("file", "x");
  expect_refused(run({"--config", "gpt_tiny", "-o", "file"}), HasSubstr("file"));
}

TEST_F(CommandLine, RefusesToReplaceAnEarlierRunUnlessForced) {
  ASSERT_EQ(run(kTiny).exit_code, 0);
  const std::string before = read_text(folder_ / "out" / "trace.ptrace");
  expect_refused(run(kTiny), AllOf(HasSubstr("trace.ptrace"), HasSubstr("--force")));
  EXPECT_EQ(read_text(folder_ / "out" / "trace.ptrace"), before);
  EXPECT_EQ(run(tiny_with({"--force"})).exit_code, 0);
  EXPECT_NE(read_text(folder_ / "out" / "trace.ptrace"), before);
}

TEST_F(CommandLine, RefusesUnknownOptionsAndFilesThatAreNoTraces) {
  expect_refused(run({"--confg", "gpt_tiny"}), HasSubstr("--confg"));
  expect_refused(run({}), HasSubstr("--config"));
  expect_refused(run({"report", "missing.ptrace"}), HasSubstr("missing.ptrace"));
  write("foreign.ptrace", "PK\x03\x04 this is a zip file, not a trace of ours, and long enough to be one");
  expect_refused(run({"report", "foreign.ptrace"}), HasSubstr("foreign.ptrace"));
}

TEST_F(CommandLine, SaysWhatItCannotMeasureHere) {
  const Finished finished = run({"--config", "gpt_tiny", "--device", "cuda"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("--device cpu"));
}

TEST_F(CommandLine, EstimatesWithoutARunWhatTheRunThenShows) {
  const Finished finished = run({"estimate", "--config", "gpt_tiny", "--set", "train.steps=3", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const json estimated = json::parse(finished.out);
  ASSERT_EQ(run(kTiny).exit_code, 0);
  EXPECT_EQ(estimated["model"]["peak"]["exact_bytes"], report()["peak"]["requested_bytes"]);
  EXPECT_EQ(estimated["model"]["spike"]["exact_bytes"], report()["model"]["spike"]["observed_bytes"]);
  EXPECT_THAT(run({"estimate", "--config", "gpt_small"}).out, HasSubstr("124,439,808"));
}

TEST_F(CommandLine, EstimatesAModelByItsNameOrItsConfigFile) {
  const Finished named = run({"estimate", "--model", "llama-2-7b", "--json"});
  ASSERT_EQ(named.exit_code, 0) << named.err;
  EXPECT_EQ(json::parse(named.out)["parameters"]["count"], 6'738'415'616);
  EXPECT_EQ(json::parse(named.out)["model_name"], "llama-2-7b");
  // Kept for backward, of one sequence in fp32.
  EXPECT_THAT(run({"estimate", "--model", "bert-large"}).out, HasSubstr("879,296,528"));
  EXPECT_THAT(run({"estimate", "--model", "t5-11b"}).out, HasSubstr("16,975,646,728"));

  const std::string file = (folder_ / "config.json").string();
  std::ofstream(file) << R"({"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12})";
  EXPECT_THAT(run({"estimate", "--model", file}).out, HasSubstr("124,439,808"));

  const auto complaint = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "estimate");
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.exit_code, 2);
    return finished.err;
  };
  EXPECT_THAT(complaint({"--model", "llama-2-7bb"}), HasSubstr("did you mean llama-2-7b?"));
  EXPECT_THAT(complaint({"--model", "nowhere.json"}), HasSubstr("nowhere.json: cannot be read"));
  EXPECT_THAT(complaint({"--model", "gpt2", "--sequence", "5000"}), HasSubstr("1024 positions"));
  EXPECT_THAT(complaint({"--model", "gpt2", "--config", "gpt_tiny"}), HasSubstr("either"));
  EXPECT_THAT(complaint({}), HasSubstr("--model"));
}

TEST_F(CommandLine, ExplainsItself) {
  const Finished help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out,
              AllOf(HasSubstr("--config"), HasSubstr("report"), HasSubstr("estimate"), HasSubstr("Exit codes")));
  EXPECT_THAT(run({"--version"}).out, HasSubstr("profile-train 0."));
  EXPECT_THAT(run({"report", "--help"}).out, HasSubstr("TRACE"));
}

TEST_F(CommandLine, EveryCommandExplainsItselfInTheSameWords) {
  constexpr std::size_t kTexts = 30;  // the column where they begin
  std::map<std::string, std::set<std::string>> texts;
  for (const char* command :
       {"report", "estimate", "run", "devices", "check", "baseline", "diff", "matrix", "whatif"}) {
    const Finished help = run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Exit codes: 0")) << command;
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 130U) << command << ": " << line;
      if (line.starts_with("  ") && line.size() > kTexts)
        texts[line.substr(2, line.find(' ', 2) - 2)].insert(line.substr(kTexts));
    }
  }
  for (const char* shared : {"TRACE", "--config", "--set", "--force", "-h,--help"})
    EXPECT_EQ(texts[shared].size(), 1U) << shared;
}

// Waits until the trace has grown past its header: training is under way.
void wait_for_training(const fs::path& trace) {
  std::error_code error;
  for (int i = 0; i < 600 && (fs::file_size(trace, error) < 20'000 || error); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

TEST_F(CommandLine, KeepsAndReportsWhatWasRecordedWhenInterrupted) {
  Program program({"--config", "gpt_tiny", "-o", "out", "--set", "train.steps=100000"}, folder_);
  wait_for_training(folder_ / "out" / "trace.ptrace");
  program.signal(SIGINT);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 130) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("residual 0 B"), HasSubstr("interrupted")));
  const json summary = report();
  EXPECT_FALSE(summary["losses"]["cut"]);
  EXPECT_GT(summary["steps"].size(), 0u);
  EXPECT_LT(summary["steps"].size(), 100'000u);
}

TEST_F(CommandLine, ATraceThatWasKilledOpensAndSaysThatItIsCut) {
  Program program({"--config", "gpt_tiny", "-o", "out", "--set", "train.steps=100000"}, folder_);
  wait_for_training(folder_ / "out" / "trace.ptrace");
  program.signal(SIGKILL);
  EXPECT_EQ(program.wait().exit_code, 137);
  const Finished finished = run({"report", "out/trace.ptrace", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const json summary = json::parse(finished.out);
  EXPECT_TRUE(summary["losses"]["cut"]);
  EXPECT_EQ(summary["peak"]["residual_bytes"], 0);
  EXPECT_THAT(run({"report", "out/trace.ptrace"}).out, HasSubstr("lower bound"));
}

// Every byte in a category, in every setting the configurations offer.
class EveryByte : public CommandLine, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(EveryByte, HasACategory) {
  std::vector<std::string> arguments = kTiny;
  for (const std::string& setting : GetParam()) {
    arguments.push_back("--set");
    arguments.push_back(setting);
  }
  const Finished finished = run(arguments);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const json summary = report();
  EXPECT_EQ(summary["peak"]["by_category"]["unknown"], 0);
  EXPECT_EQ(summary["peak"]["residual_bytes"], 0);
  EXPECT_EQ(summary["losses"]["unmatched_frees"], 0);
  EXPECT_EQ(summary["losses"]["implied_frees"], 0);
  EXPECT_THAT(summary["growth"], IsEmpty());
}

using Settings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(Settings, EveryByte,
                         ::testing::Values(Settings{"model.attention=materialised"}, Settings{"model.attention=sdpa"},
                                           Settings{"model.attention=materialised", "model.dropout=0.1"},
                                           Settings{"model.attention=sdpa", "model.dropout=0.1"},
                                           Settings{"optimizer.kind=sgd"},
                                           Settings{"optimizer.kind=sgd", "optimizer.momentum=0.9"},
                                           Settings{"train.accumulation=3"}, Settings{"train.clip_norm=1.0"},
                                           Settings{"train.zero_grad=zero"}, Settings{"loss.hold_logits=true"},
                                           Settings{"model.tied_head=false"}),
                         test::name_of<Settings>);

}  // namespace
}  // namespace profile_train::testing
