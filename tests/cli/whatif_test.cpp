// profile-train whatif: a run on a simulated card, and questions about it.

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

class WhatIfCommand : public ::testing::Test {
 protected:
  WhatIfCommand() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    train("run");
  }
  ~WhatIfCommand() override { fs::remove_all(folder_); }

  void train(const std::string& name) const {
    const Finished trained = Program::run(
        {"--config", "gpt_tiny", "--device", "sim:h200", "--set", "train.steps=2", "-o", (folder_ / name).string()},
        folder_);
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
  }
  Finished ask(std::vector<std::string> words, const std::string& name = "run") const {
    words.insert(words.begin(), {"whatif", (folder_ / name / "trace.ptrace").string()});
    return Program::run(words, folder_);
  }
  json answer(std::vector<std::string> words, const std::string& name = "run") const {
    words.emplace_back("--json");
    const Finished finished = ask(words, name);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / ("whatif_test_" + std::to_string(getpid()));
};

TEST_F(WhatIfCommand, WithoutAChangeIsTheRunItself) {
  const json same = answer({});
  EXPECT_EQ(same.at("then"), same.at("recorded"));
  EXPECT_EQ(same.at("fits"), true);
}

TEST_F(WhatIfCommand, OtherSettingsAreWhatARunWithThemTakes) {
  setenv("PYTORCH_ALLOC_CONF", "expandable_segments:True", 1);  // there is no second thread
  train("expandable");
  unsetenv("PYTORCH_ALLOC_CONF");
  const json predicted = answer({"--allocator", "expandable"});
  EXPECT_EQ(predicted.at("then"), answer({}, "expandable").at("recorded"));
  EXPECT_NE(predicted.at("then"), predicted.at("recorded"));
}

TEST_F(WhatIfCommand, LessIsRequestedWithoutACategoryAndLessFitsASmallerCard) {
  const json without = answer({"--drop", "logits", "--scale", "activations=0.5"});
  EXPECT_LT(without.at("then").at("requested_bytes"), without.at("recorded").at("requested_bytes"));
  const json small = answer({"--memory", "30MiB"});
  EXPECT_EQ(small.at("fits"), false);
  EXPECT_GT(small.at("failed_requests"), 0);
  EXPECT_THAT(ask({"--memory", "30MiB"}).out, HasSubstr("It does not fit"));
}

TEST_F(WhatIfCommand, RefusesWhatItCannotAnswerInOneSentence) {
  for (const auto& [words, sentence] : std::vector<std::pair<std::vector<std::string>, const char*>>{
           {{"--drop", "logit"}, "did you mean logits"},
           {{"--scale", "activations"}, "write for example activations=0.5"},
           {{"--allocator", "max_split_size_mb:lots"}, "from 20 on"},
           {{"--memory", "many"}, "many"}}) {
    const Finished finished = ask(words);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr(sentence));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  }
}

}  // namespace
}  // namespace profile_train::testing
