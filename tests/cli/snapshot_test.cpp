// Snapshots that PyTorch itself wrote, of a Python program on a simulated card: what the commands make of them,
// compared with the statistics of PyTorch's own allocator.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// A folder with snapshot.pickle and statistics.json of one training.
class Recorded {
 public:
  Recorded(const std::string& stacks, const std::string& when)
      : folder_(fs::path(::testing::TempDir()) /
                ("snapshot_test_" + stacks + when + "_" +
                 std::to_string(::testing::UnitTest::GetInstance()->current_test_info()->line()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const Finished trained = run({"run", "--simulate", "h200", "--", PROFILE_TRAIN_PYTHON,
                                  PROFILE_TRAIN_SNAPSHOT_PROGRAM, stacks, when, "snapshot.pickle", "statistics.json"});
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
  }
  ~Recorded() { fs::remove_all(folder_); }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  Finished run(const std::vector<std::string>& arguments) const { return Program::run(arguments, folder_); }
  json statistics() const { return json::parse(read("statistics.json")); }
  std::string read(const std::string& file) const { return read_text(folder_ / file); }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }

 private:
  fs::path folder_;
};

struct Recording {
  std::string stacks;
  std::string when;
  friend std::ostream& operator<<(std::ostream& out, const Recording& recording) {
    return out << recording.stacks << " " << recording.when;
  }
};

class Snapshot : public ::testing::TestWithParam<Recording> {};

TEST_P(Snapshot, IsReportedWithTheFiguresOfPyTorchsAllocator) {
  const Recorded recorded(GetParam().stacks, GetParam().when);
  const json statistics = recorded.statistics();
  const Finished reported = recorded.run({"report", "snapshot.pickle", "--json", "--pickle", "again.pickle"});
  ASSERT_EQ(reported.exit_code, 0) << reported.err;
  const json report = json::parse(reported.out);

  EXPECT_EQ(report["peak"]["requested_bytes"], statistics["requested_peak"]);
  EXPECT_EQ(report["alive_at_end_bytes"], statistics["requested"]);
  EXPECT_EQ(report["peak"]["reserved_bytes"], statistics["reserved_peak"]);
  EXPECT_EQ(report["peak"]["residual_bytes"], 0);
  EXPECT_EQ(report["losses"]["unmatched_frees"], 0);
  EXPECT_EQ(report["losses"]["implied_frees"], 0);
  EXPECT_EQ(report["steps"].size(), 4U);
  EXPECT_THAT(report["run"]["inferred"].get<std::string>(), HasSubstr("inferred"));
  EXPECT_THAT(report["warnings"], Contains(report["run"]["inferred"]));

  // Nobody told what the tensors are; the rules must find it all the same, to the byte.
  const json& peak = report["peak"]["by_category"];
  const auto parameters = statistics["parameters"].get<std::int64_t>();
  EXPECT_EQ(peak["weights"], parameters);
  EXPECT_EQ(peak["gradients"], parameters);
  EXPECT_EQ(peak["optimizer_state"], 2 * parameters) << "AdamW keeps two numbers for each";
  EXPECT_EQ(peak["inputs"], statistics["batch"]);
  EXPECT_EQ(peak["workspace"], (32 + 32 + 1) << 20) << "cuBLAS on two threads, and cuBLASLt";
  EXPECT_EQ(peak["unknown"], 0);

  // What is written for memory_viz can be read again, with the same figures.
  const Finished again = recorded.run({"report", "again.pickle", "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json::parse(again.out)["peak"]["requested_bytes"], statistics["requested_peak"]);
}

INSTANTIATE_TEST_SUITE_P(AsRecorded, Snapshot,
                         ::testing::Values(Recording{"python", "early"}, Recording{"python", "late"},
                                           Recording{"all", "early"}, Recording{"all", "late"}),
                         [](const auto& one) { return one.param.stacks + "_" + one.param.when; });

/// Segments as statistics.json has them: [address, bytes, pool, allocated, [[bytes, requested, state], …]].
json segments_of(const json& snapshot) {
  json segments = json::array();
  for (const json& segment : snapshot["segments"]) {
    json blocks = json::array();
    for (const json& block : segment["blocks"])
      blocks.push_back(
          {block["size"], block["state"] == "inactive" ? json(0) : block["requested_size"], block["state"]});
    segments.push_back({segment["address"], segment["total_size"], segment["segment_type"], segment["allocated_size"],
                        std::move(blocks)});
  }
  return segments;
}

TEST(SnapshotExport, HasTheBlocksOfPyTorchsAllocatorWhereItsReplayBeganWithIt) {
  const Recorded recorded("python", "early");
  ASSERT_EQ(recorded.run({"report", "snapshot.pickle", "--memory-viz-json", "again.json"}).exit_code, 0);
  const json again = json::parse(recorded.read("again.json"));
  EXPECT_EQ(segments_of(again), recorded.statistics()["segments"]);
  EXPECT_EQ(again["profile_train"]["block_sizes"], "exact, by a replay of the allocator");
}

TEST(SnapshotExport, SaysWhereBlocksAreOnlyRoundedRequests) {
  const Recorded recorded("python", "late");
  ASSERT_EQ(recorded.run({"report", "snapshot.pickle", "--memory-viz-json", "again.json"}).exit_code, 0);
  EXPECT_THAT(json::parse(recorded.read("again.json"))["profile_train"]["block_sizes"].get<std::string>(),
              AllOf(HasSubstr("requests rounded up to 512 B in"), HasSubstr("how the segments that were there")));
}

TEST(SnapshotBudget, JudgesWhatIsRecordedAndWhatIsInferredOnlyIfThatIsAccepted) {
  const Recorded recorded("all", "late");
  const auto check = [&](const std::string& budget, std::vector<std::string> more = {}) {
    recorded.write("budgets.yaml", budget);
    more.insert(more.begin(), {"check", "snapshot.pickle", "--budget", "budgets.yaml"});
    return recorded.run(more);
  };
  EXPECT_EQ(check("peak: {requested: 1 GiB, reserved: 1 GiB}\n").exit_code, 0);
  EXPECT_EQ(check("peak: {requested: 1 MiB}\n").exit_code, 1);

  const Finished refused = check("categories: {weights: 1 GiB}\n", {"--junit", "out.xml"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.out, AllOf(HasSubstr("not judged, inferred"), HasSubstr("Imported from a PyTorch snapshot")));
  EXPECT_THAT(recorded.read("out.xml"), HasSubstr("not judged: write inferred: accept"));
  EXPECT_EQ(check("inferred: accept\ncategories: {weights: 1 GiB}\n").exit_code, 0);
  EXPECT_EQ(check("inferred: accept\ncategories: {weights: 1 MiB}\n").exit_code, 1);

  const Finished residual = check("residual: 0 B\n");
  EXPECT_EQ(residual.exit_code, 3);
  EXPECT_THAT(residual.out, HasSubstr("not measured"));
  const Finished recompute = check("inferred: accept\nphases: {recompute: 1 GiB}\n");
  EXPECT_EQ(recompute.exit_code, 3);
  EXPECT_THAT(recompute.out, HasSubstr("no phase recompute could be"));
  EXPECT_EQ(check("baseline: snapshot.pickle\npeak: {requested: baseline}\n").exit_code, 0);
}

TEST(SnapshotBudget, ABaselineOfASnapshotIsKeptByIt) {
  const Recorded recorded("all", "late");
  ASSERT_EQ(recorded.run({"baseline", "snapshot.pickle", "-o", "recorded.yaml"}).exit_code, 0);
  EXPECT_THAT(recorded.read("recorded.yaml"),
              AllOf(HasSubstr("requested:"), HasSubstr("--inferred adds them"), Not(HasSubstr("categories:"))));
  EXPECT_EQ(recorded.run({"check", "snapshot.pickle", "--budget", "recorded.yaml"}).exit_code, 0);
  ASSERT_EQ(recorded.run({"baseline", "snapshot.pickle", "--inferred", "-o", "all.yaml"}).exit_code, 0);
  EXPECT_THAT(recorded.read("all.yaml"), AllOf(HasSubstr("inferred: accept"), HasSubstr("optimizer_state:")));
  const Finished checked = recorded.run({"check", "snapshot.pickle", "--budget", "all.yaml"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("within, inferred"));
}

TEST(SnapshotDiff, LaysASnapshotBesideItselfAndBesideATrace) {
  const Recorded recorded("all", "late");
  const Finished same = recorded.run({"diff", "snapshot.pickle", "snapshot.pickle", "--html", "diff.html"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.out, AllOf(HasSubstr("in both"), HasSubstr("inferred")));
  EXPECT_THAT(recorded.read("diff.html"), AllOf(HasSubstr("path class=\"before\""), HasSubstr("path class=\"after\"")));
  ASSERT_EQ(recorded.run({"--config", "gpt_tiny", "--set", "train.steps=2", "-o", "out", "-q"}).exit_code, 0);
  const Finished unlike = recorded.run({"diff", "snapshot.pickle", "out/trace.ptrace", "--json"});
  ASSERT_EQ(unlike.exit_code, 0) << unlike.err;
  const json diff = json::parse(unlike.out);
  EXPECT_THAT(diff["old"]["inferred"].get<std::string>(), HasSubstr("inferred"));
  EXPECT_EQ(diff["new"]["inferred"], "");
  std::int64_t change = 0;
  for (const json& site : diff["sites"]) change += site["change_bytes"].get<std::int64_t>();
  EXPECT_EQ(change, diff["change_bytes"]);
}

TEST(SnapshotWhatIf, IsAnsweredFromARecordingThatBeganWithTheAllocator) {
  const Recorded recorded("python", "early");
  const Finished same = recorded.run({"whatif", "snapshot.pickle", "--json"});
  ASSERT_EQ(same.exit_code, 0) << same.err;
  const json answer = json::parse(same.out);
  EXPECT_EQ(answer["recorded"]["reserved_bytes"], recorded.statistics()["reserved_peak"]);
  EXPECT_EQ(answer["then"], answer["recorded"]);
  const json dropped = json::parse(recorded.run({"whatif", "snapshot.pickle", "--drop", "gradients", "--json"}).out);
  EXPECT_LT(dropped["then"]["requested_bytes"], dropped["recorded"]["requested_bytes"]);
  EXPECT_THAT(dropped["assumptions"], Contains(HasSubstr("inferred")));
}

TEST(SnapshotWhatIf, OfOneThatBeganLaterSaysInOneSentenceWhyNot) {
  const Recorded recorded("python", "late");
  const Finished finished = recorded.run({"whatif", "snapshot.pickle", "--drop", "gradients"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("how the segments that were there before it were divided"));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

}  // namespace
}  // namespace profile_train::testing
