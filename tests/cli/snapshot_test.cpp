// Snapshots that PyTorch itself wrote, of a Python program on a simulated card: what report makes of them, compared
// with the statistics of PyTorch's own allocator.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;

struct Recording {
  std::string stacks;
  std::string when;
};

class Snapshot : public ::testing::TestWithParam<Recording> {
 protected:
  Snapshot() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Snapshot() override { fs::remove_all(folder_); }

  const fs::path folder_ = fs::path(::testing::TempDir()) / ("snapshot_test_" + GetParam().stacks + GetParam().when);
};

TEST_P(Snapshot, IsReportedWithTheFiguresOfPyTorchsAllocator) {
  const auto [stacks, when] = GetParam();
  const Finished trained =
      Program::run({"run", "--simulate", "h200", "--", PROFILE_TRAIN_PYTHON, PROFILE_TRAIN_SNAPSHOT_PROGRAM, stacks,
                    when, "snapshot.pickle", "statistics.json"},
                   folder_);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const json statistics = json::parse(read_text(folder_ / "statistics.json"));
  const Finished reported = Program::run({"report", "snapshot.pickle", "--json", "--pickle", "again.pickle"}, folder_);
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
  const Finished again = Program::run({"report", "again.pickle", "--json"}, folder_);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json::parse(again.out)["peak"]["requested_bytes"], statistics["requested_peak"]);
}

INSTANTIATE_TEST_SUITE_P(AsRecorded, Snapshot,
                         ::testing::Values(Recording{"python", "early"}, Recording{"python", "late"},
                                           Recording{"all", "early"}, Recording{"all", "late"}),
                         [](const auto& one) { return one.param.stacks + "_" + one.param.when; });

}  // namespace
}  // namespace profile_train::testing
