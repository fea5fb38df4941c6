// Any program on a card that is not there, as people meet it: what run, devices and --device sim: print and refuse.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

class Simulation : public ::testing::Test {
 protected:
  Simulation() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Simulation() override {
    fs::remove_all(folder_);
    unsetenv("LD_PRELOAD");
  }

  Finished run(const Words& arguments) const { return Program::run(arguments, folder_); }
  Finished on_h200(const Words& program) const { return run(on(program, {"--simulate", "h200"})); }
  static Words on(const Words& program, const Words& options) {
    Words words = {"run"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  // Bad input: exit code 2, nothing on stdout, one line on stderr.
  static void expect_refused(const Finished& finished, const ::testing::Matcher<std::string>& sentence) {
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_THAT(finished.err, sentence);
  }
  void wait_for_output(const std::string& text) const {
    for (int i = 0; i < 1200 && read_text(folder_ / "stdout.txt").find(text) == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("simulation_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(Simulation, SaysThatAProgramDidNotUseTheDevice) {
  const Finished finished = on_h200({"echo", "hello", "--quiet", "[a,b]", ""});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(finished.out, ::testing::StartsWith("hello --quiet [a,b] \n"));
  EXPECT_THAT(finished.out, AllOf(HasSubstr("NVIDIA H200"), HasSubstr("139.8 GiB, 150,109,880,320 B"),
                                  HasSubstr("exited with 0"), HasSubstr("The device was not used")));
}

TEST_F(Simulation, CountsWhatAProgramTakesOfTheDevice) {
  const Finished finished = run(on({PROFILE_TRAIN_ALLOCATE, "100"}, {"--simulate", "t4", "--summary-file", "s.json"}));
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("cudaMalloc returned 0"), HasSubstr("104,857,600 B"), HasSubstr("exact"),
                                  HasSubstr("not measured"), HasSubstr("not reported")));
  const json summary = json::parse(read_text(folder_ / "s.json"));
  EXPECT_EQ(summary["card"]["name"], "Tesla T4");
  EXPECT_EQ(summary["exit_code"], 0);
  EXPECT_EQ(summary["processes"].size(), 1U);
  EXPECT_EQ(summary["processes"][0]["devices"][0]["driver_peak_bytes"], 104'857'600);
}

TEST_F(Simulation, HasAsMuchMemoryAsItIsTold) {
  const Words allocate = {PROFILE_TRAIN_ALLOCATE, "20000"};
  const Finished too_much = run(on(allocate, {"--simulate", "t4"}));
  EXPECT_EQ(too_much.exit_code, 1);
  EXPECT_THAT(too_much.out, AllOf(HasSubstr("cudaMalloc returned 2"), HasSubstr("exited with 1")));
  EXPECT_THAT(run(on(allocate, {"--simulate", "t4", "--memory", "24 GiB"})).out, HasSubstr("cudaMalloc returned 0"));
  EXPECT_THAT(run(on(allocate, {"--simulate", "t4", "--memory", "unlimited"})).out,
              AllOf(HasSubstr("cudaMalloc returned 0"), HasSubstr("unlimited memory")));
  expect_refused(run(on(allocate, {"--simulate", "t4", "--memory", "much"})),
                 AllOf(HasSubstr("--memory"), HasSubstr("'much'"), HasSubstr("unlimited")));
}

TEST_F(Simulation, ListsEveryProcessThatUsedTheDevice) {
  const std::string allocate = PROFILE_TRAIN_ALLOCATE;
  const Finished finished = on_h200({"sh", "-c", allocate + " 2; " + allocate + " 4; true"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("4,194,304 B"), HasSubstr("OTHER PROCESSES"), HasSubstr("2,097,152 B")));
}

TEST_F(Simulation, NamesTheNearestCard) {
  expect_refused(run(on({"true"}, {"--simulate", "h20"})), AllOf(HasSubstr("'h20'"), HasSubstr("did you mean h200?")));
  expect_refused(run({"--config", "gpt_tiny", "--device", "sim:h20", "-o", "out"}),
                 AllOf(HasSubstr("sim:h20"), HasSubstr("did you mean h200?")));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Simulation, KnowsCardsByTheirOtherNames) {
  EXPECT_THAT(run(on({"true"}, {"--simulate", "H100"})).out, HasSubstr("NVIDIA H100 80GB HBM3 (h100-80gb-sxm)"));
  EXPECT_THAT(run(on({"true"}, {"--simulate", "RTX 4090"})).out, HasSubstr("(rtx-4090)"));
}

TEST_F(Simulation, TakesACardOfOnesOwn) {
  const std::string card = read_text(fs::path(PROFILE_TRAIN_CARDS) / "t4.yaml");
  write("my_card.yaml", card);
  const Finished finished = run(on({"true"}, {"--simulate", "./my_card.yaml"}));
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("Tesla T4 (my_card)"));

  write("broken.yaml", "name: x\nmemory_byte: 12\n" + card);
  expect_refused(run(on({"true"}, {"--simulate", "broken.yaml"})),
                 AllOf(HasSubstr("broken.yaml:2: memory_byte"), HasSubstr("did you mean memory_bytes?")));
  expect_refused(run(on({"true"}, {"--simulate", "./nowhere.yaml"})), HasSubstr("there is no such file"));
}

TEST_F(Simulation, RefusesAProgramThatIsNotThere) {
  expect_refused(on_h200({"no_such_program"}), HasSubstr("no_such_program cannot be started: No such file"));
  expect_refused(run({"run", "--simulate", "h200"}), HasSubstr("-- python train.py"));
  expect_refused(run({"run", "--", "true"}), HasSubstr("--simulate"));
  expect_refused(run(on({"true"}, {"--simulate", "h200", "--memry", "1GiB"})), HasSubstr("--memry is no option"));
  expect_refused(run(on({"true"}, {"--simulate", "h200", "--devices", "0"})), HasSubstr("--devices"));
}

TEST_F(Simulation, NeedsNoDashesBeforeAProgram) {
  const Finished finished = run({"run", "--simulate", "h200", "echo", "--quiet"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, ::testing::StartsWith("--quiet\n"));
}

TEST_F(Simulation, ReportsHowAProgramFailed) {
  const Finished failed = on_h200({"sh", "-c", "exit 7"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out, HasSubstr("exited with 7"));
  const Finished killed = on_h200({"sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(killed.exit_code, 1);
  EXPECT_THAT(killed.out, HasSubstr("ended by SIGSEGV (Segmentation fault)"));
}

TEST_F(Simulation, KeepsWhatElseIsPreloaded) {
  setenv("LD_PRELOAD", "libm.so.6 libdl.so.2", 1);
  const Finished finished = on_h200({"sh", "-c", "echo $LD_PRELOAD"});
  EXPECT_THAT(finished.out, ContainsRegex("^/[^:]*/libprofile_train_simcuda.so:(/[^\n]*:)?libm.so.6:libdl.so.2\n"));
}

TEST_F(Simulation, RunsOneRankOfAJob) {
  const Words echo = {"sh", "-c", "echo $RANK $WORLD_SIZE $LOCAL_RANK $LOCAL_WORLD_SIZE $TORCHELASTIC_USE_AGENT_STORE"};
  EXPECT_THAT(run(on(echo, {"--simulate", "h200", "--world-size", "4", "--rank", "3"})).out,
              AllOf(::testing::StartsWith("3 4 3 4 True\n"), HasSubstr("4 devices · rank 3 of 4")));
  EXPECT_THAT(run(on(echo, {"--simulate", "h200", "--world-size", "4", "--rank", "3", "--devices", "2"})).out,
              ::testing::StartsWith("3 4 1 2 True\n"));
  expect_refused(run(on(echo, {"--simulate", "h200", "--world-size", "4", "--rank", "4"})),
                 HasSubstr("no rank 4 of 4"));
}

TEST_F(Simulation, PrintsNothingOfItsOwnWhenItIsToBeQuiet) {
  const Finished finished = run(on({"echo", "mine"}, {"--simulate", "h200", "--quiet", "--summary-file", "s.json"}));
  EXPECT_EQ(finished.out, "mine\n");
  EXPECT_EQ(json::parse(read_text(folder_ / "s.json"))["processes"], json::array());
  expect_refused(run(on({"true"}, {"--simulate", "h200", "--summary-file", "s.json"})),
                 AllOf(HasSubstr("s.json"), HasSubstr("--force")));
}

TEST_F(Simulation, ReportsAfterCtrlC) {
  Program program(on({"sh", "-c", "echo ready; exec sleep 60"}, {"--simulate", "h200"}), folder_, Program::Group::own);
  wait_for_output("ready");
  program.signal_group(SIGINT);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 130) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("ended by SIGINT"), HasSubstr("The device was not used")));
}

TEST_F(Simulation, PassesOnWhatIsSentToItAlone) {
  for (const int number : {SIGINT, SIGTERM}) {
    fs::remove(folder_ / "stdout.txt");
    Program program(on({"sh", "-c", "echo ready; exec sleep 60"}, {"--simulate", "h200"}), folder_);
    wait_for_output("ready");
    program.signal(number);
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exit_code, 130) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr(number == SIGINT ? "ended by SIGINT" : "ended by SIGTERM"));
  }
}

TEST_F(Simulation, ListsTheCards) {
  const Finished finished = run({"devices"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("rtx-4090"), HasSubstr("150,109,880,320"), HasSubstr("not measured"),
                                  HasSubstr("THIS MACHINE"), Not(HasSubstr("\x1b["))));
  const json list = json::parse(run({"devices", "--json"}).out);
  EXPECT_EQ(list["simulated"].size(), 13U);
  const auto h200 = std::ranges::find_if(list["simulated"], [](const json& card) { return card["card"] == "h200"; });
  ASSERT_NE(h200, list["simulated"].end());
  EXPECT_EQ((*h200)["memory_bytes"], 150'109'880'320);
  EXPECT_EQ((*h200)["compute_capability"], "9.0");
  EXPECT_EQ((*h200)["cublas_workspace_bytes"], 33'554'432);
  EXPECT_TRUE((*h200)["context_bytes"].is_null());
  EXPECT_TRUE(list["real"].is_array());
}

TEST_F(Simulation, TrainsOnASimulatedCard) {
  const Words tiny = {"--config", "gpt_tiny", "-o", "out", "--set", "train.steps=3", "--device", "sim:h200"};
  const Finished finished = run(tiny);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("sim:h200 NVIDIA H200"), HasSubstr("residual 0 B")));
}

TEST_F(Simulation, MemoryIsOfSimulatedCardsOnly) {
  expect_refused(run({"--config", "gpt_tiny", "--memory", "1GiB"}), HasSubstr("--memory is for simulated cards"));
}

/// What stands beside a run on a real GPU: here the run itself is on a simulated card, which the program cannot tell.
TEST_F(Simulation, TheSameTrainingOnASimulatedCardStandsBesideWhatWasObserved) {
  const Words on_card = {PROFILE_TRAIN_PROGRAM, "--config", "gpt_tiny", "--device", "cuda"};
  Words words = on_card;
  words.insert(words.end(), {"--simulated", "h200", "-o", "beside"});
  const Finished finished = on_h200(words);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const json model = json::parse(read_text(folder_ / "beside" / "report.json")).at("model");
  EXPECT_EQ(model.at("simulated_on"), "sim:h200 NVIDIA H200");
  for (const char* instant : {"spike", "peak", "first_step_peak"}) {
    EXPECT_GT(model.at(instant).at("observed_bytes"), 0);
    EXPECT_EQ(model.at(instant).at("simulated_bytes"), model.at(instant).at("observed_bytes"));
  }
  EXPECT_TRUE(fs::exists(folder_ / "beside" / "simulated" / "trace.ptrace"));

  words = on_card;
  words.insert(words.end(), {"-o", "alone"});
  ASSERT_EQ(on_h200(words).exit_code, 0);
  EXPECT_EQ(json::parse(read_text(folder_ / "alone" / "report.json")).at("model").at("simulated_on"), nullptr)
      << "auto, and no GPU";
}

TEST_F(Simulation, ACardThatIsNotKnownOrAHostHaveNothingSimulatedBeside) {
  expect_refused(run({"--config", "gpt_tiny", "--simulated", "h200", "-o", "out"}),
                 HasSubstr("--simulated stands beside a run on a card"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Simulation, ASettingThatTheAllocatorDoesNotTakeIsNamed) {
  for (const char* wrong : {"foo:bar", "max_split_size_mb:abc", "max_split_size_mb:5", "garbage_collection_threshold:2",
                            "expandable_segments:maybe", "roundup_power2_divisions:3"}) {
    setenv("PYTORCH_ALLOC_CONF", wrong, 1);
    expect_refused(run({"--config", "gpt_tiny", "--device", "sim:h200", "-o", "out"}),
                   AllOf(HasSubstr("PYTORCH_ALLOC_CONF"), HasSubstr(wrong), HasSubstr("unset it")));
    EXPECT_FALSE(fs::exists(folder_ / "out"));
  }
  unsetenv("PYTORCH_ALLOC_CONF");
}

TEST_F(Simulation, OutOfMemoryLeavesAReportOfTheMoment) {
  const Finished finished = run({"--config", "gpt_tiny", "--device", "sim:h200", "--memory", "70MiB", "-o", "out"});
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  EXPECT_THAT(finished.err, AllOf(HasSubstr("Out of memory: out/trace.out_of_memory.txt says what the device held"),
                                  HasSubstr("training failed in step 1")));
  EXPECT_THAT(read_text(folder_ / "out" / "trace.out_of_memory.txt"), HasSubstr("OUT OF MEMORY"));
  EXPECT_THAT(finished.out, HasSubstr("OUT OF MEMORY"));
}

}  // namespace
}  // namespace profile_train::testing
