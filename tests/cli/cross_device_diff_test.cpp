// diff of the same training on the host and on a simulated card: other kernels, the same things in the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "profiler/trace_reader.h"
#include "tests/cli/program.h"
#include "tests/profiler/trace_support.h"
#include "tests/workloads/temporary_folder.h"

namespace profile_train::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

using Words = std::vector<std::string>;

class CrossDeviceDiff : public ::testing::Test {
 protected:
  void train(const std::string& name, const std::string& device, const Words& settings) const {
    Words words = {"--config", "gpt_tiny", "--device", device, "-o", name, "--quiet", "--set", "train.steps=3"};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    const Finished finished = run(words);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  }
  Finished run(const Words& words) const { return Program::run(words, folder_.root()); }
  Finished diff(Words more) const {
    more.insert(more.begin(), {"diff", "host/trace.ptrace", "card/trace.ptrace"});
    return run(more);
  }
  json compared() const {
    const Finished finished = diff({"--json"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }
  std::string read(const std::string& file) const { return read_text(folder_.path(file)); }

  workloads::TemporaryFolder folder_;
};

std::int64_t sum(const json& rows, const std::string& key) {
  std::int64_t total = 0;
  for (const json& row : rows) total += row[key].get<std::int64_t>();
  return total;
}

/// Categories, modules and allocations each hold all of the peak, of either run.
void expect_totals(const json& diff) {
  for (const char* list : {"categories", "modules", "sites"}) {
    EXPECT_EQ(sum(diff[list], "old_bytes"), diff["old"]["peak"]["requested_bytes"]) << list;
    EXPECT_EQ(sum(diff[list], "new_bytes"), diff["new"]["peak"]["requested_bytes"]) << list;
    EXPECT_EQ(sum(diff[list], "change_bytes"), diff["change_bytes"]) << list;
  }
}

std::set<std::string> categories_of(const json& diff, const std::string& change) {
  std::set<std::string> categories;
  for (const json& site : diff["sites"])
    if (site["change"] == change) categories.insert(site["category"].get<std::string>());
  return categories;
}

TEST_F(CrossDeviceDiff, InFullPrecisionTheCardHoldsTheSameAndTheWorkspacesOfItsLibraries) {
  train("host", "cpu", {});
  train("card", "sim:h200", {});
  const json diff = compared();
  expect_totals(diff);
  EXPECT_EQ(diff["change_bytes"], (32 + 32 + 1) << 20) << "cuBLAS on two threads, and cuBLASLt";
  for (const json& category : diff["categories"])
    EXPECT_TRUE(category["name"] == "workspace" || category["change_bytes"] == 0) << category;
  EXPECT_EQ(categories_of(diff, "new"), std::set<std::string>{"workspace"});
  for (const char* change : {"gone", "grown", "shrunk"}) EXPECT_THAT(categories_of(diff, change), IsEmpty()) << change;
  EXPECT_EQ(diff["peak_moved"], false);
}

TEST_F(CrossDeviceDiff, WhereKernelsKeepOtherTensorsTheseAreNamed) {
  const Words settings = {"model.attention=sdpa", "precision=autocast-bf16", "model.dropout=0.1"};
  train("host", "cpu", settings);
  train("card", "sim:h200", settings);
  const json diff = compared();
  expect_totals(diff);
  for (const json& category : diff["categories"]) {
    const std::set<std::string> may_differ = {"activations", "logits", "workspace"};
    EXPECT_TRUE(may_differ.contains(category["name"]) || category["change_bytes"] == 0) << category;
  }
  const std::set<std::string> of_kernels = {"activations", "logits", "workspace"};
  for (const char* change : {"new", "gone", "grown", "shrunk"})
    EXPECT_THAT(categories_of(diff, change), IsSubsetOf(of_kernels)) << change;

  bool mask_for_noise = false;
  for (const json& site : diff["sites"]) {
    if (site["type_before"].is_null()) continue;
    EXPECT_EQ(site["type"]["sizes"].size(), site["type_before"]["sizes"].size()) << site;
    // On the card dropout keeps a byte for each number, where the host keeps its noise.
    mask_for_noise = mask_for_noise || (site["operator"] == "aten::dropout" && site["type"]["dtype"] == "bool");
  }
  EXPECT_TRUE(mask_for_noise);
}

TEST_F(CrossDeviceDiff, TheTerminalAndThePageTellTheSame) {
  train("host", "cpu", {});
  train("card", "sim:h200", {});
  const Finished finished = diff({"--html", "diff.html"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("device of the run"), HasSubstr("sim:h200 NVIDIA H200"),
                                  HasSubstr("ms (host only) a step"), HasSubstr("new only"),
                                  HasSubstr("workspace, cuBLAS workspace"), Not(HasSubstr("gone"))));
  const std::string page = read("diff.html");
  EXPECT_THAT(page, AllOf(HasSubstr("<path class=\"before\""), HasSubstr("<path class=\"after\""),
                          HasSubstr("peak of the old run"), HasSubstr("peak of the new run")));
  EXPECT_THAT(page, Not(HasSubstr("weight_copies</td>"))) << "keys are for programs";
}

TEST_F(CrossDeviceDiff, ATraceOfAnotherLibTorchIsComparedLikeAnyOther) {
  train("card", "sim:h200", {});
  auto trace = read_trace(folder_.path("card/trace.ptrace"));
  ASSERT_TRUE(trace) << trace.error().message;
  trace->header.libtorch_version = "2.9.1";
  std::filesystem::create_directory(folder_.path("host"));
  test::write_bytes(folder_.path("host/trace.ptrace"), test::file_of(*trace, trace->events.size()));

  const json diff = compared();
  EXPECT_EQ(diff["old"]["libtorch"], "2.9.1");
  EXPECT_THAT(diff["settings"], Contains(json{{"key", "LibTorch"}, {"old", "2.9.1"}, {"new", "2.11.0"}}));
  EXPECT_EQ(diff["change_bytes"], 0);
  for (const json& site : diff["sites"]) EXPECT_EQ(site["change"], "same") << site;
  EXPECT_EQ(run({"report", "host/trace.ptrace"}).exit_code, 0);
}

}  // namespace
}  // namespace profile_train::testing
