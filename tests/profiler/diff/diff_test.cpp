#include "profiler/diff/diff.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/budget/training_run.h"
#include "tests/profiler/random_trace.h"

namespace profile_train {
namespace {

using ::testing::IsEmpty;

template <typename Rows>
Bytes sum_of_changes(const Rows& rows) {
  Bytes sum = 0;
  for (const auto& row : rows) {
    if constexpr (requires { row.bytes_changed(); })
      sum += row.bytes_changed();
    else
      sum += row.change().value();
  }
  return sum;
}

TEST(Diff, ARunIsLikeItself) {
  const Summary run = analyse(test::training_run()).summary;
  const Diff diff = compare(run, run);
  EXPECT_EQ(diff.change(), 0);
  EXPECT_FALSE(diff.peak_moved);
  EXPECT_THAT(diff.settings, IsEmpty());
  for (const SiteDiff& site : diff.sites) EXPECT_EQ(site.change, SiteChange::same);
}

TEST(Diff, HeldLogitsAreOneNewAllocation) {
  const Diff diff =
      compare(analyse(test::training_run()).summary, analyse(test::training_run({.hold_logits = true})).summary);
  EXPECT_EQ(diff.change(), 400);
  EXPECT_EQ(diff.sites.at(0).change, SiteChange::appeared);
  EXPECT_EQ(diff.sites.at(0).op, "aten::linear");
  EXPECT_EQ(diff.sites.at(0).module, "lm_head");
  EXPECT_EQ(diff.sites.at(0).count_after, 1);
  EXPECT_EQ(diff.modules.at(0).name, "lm_head");
  EXPECT_EQ(diff.modules.at(0).change(), 400);
  EXPECT_FALSE(diff.peak_moved);
}

TEST(Diff, CategoriesModulesAndSitesSumToTheChangeOfThePeak) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Summary before = analyse(test::random_trace(seed, 400)).summary;
    const Summary after = analyse(test::random_trace(seed + 1000, 400)).summary;
    const Diff diff = compare(before, after);
    EXPECT_EQ(sum_of_changes(diff.categories), diff.change()) << seed;
    EXPECT_EQ(sum_of_changes(diff.modules), diff.change()) << seed;
    EXPECT_EQ(sum_of_changes(diff.sites), diff.change()) << seed;
  }
}

TEST(Diff, AddressesDoNotMatter) {
  Trace moved = test::training_run();
  for (Event& event : moved.events)
    if (event.address != 0) event.address += 0x7000'0000;
  const Diff diff = compare(analyse(test::training_run()).summary, analyse(moved).summary);
  for (const SiteDiff& site : diff.sites) EXPECT_EQ(site.change, SiteChange::same);
}

TEST(Diff, TellsWherePeaksMoved) {
  test::TraceBuilder forward;
  forward.step(1).phase(Phase::forward).op("aten::mm").allocate(1, 100);
  test::TraceBuilder optimizer;
  optimizer.step(1).phase(Phase::optimizer_step).op("aten::add").allocate(1, 100);
  const Diff diff = compare(analyse(forward.build()).summary, analyse(optimizer.build()).summary);
  EXPECT_TRUE(diff.peak_moved);
  EXPECT_EQ(diff.change(), 0);
  ASSERT_EQ(diff.phases.size(), 2U);
  EXPECT_EQ(diff.phases[0].name, "forward");
  EXPECT_EQ(diff.phases[0].before, 100);
  EXPECT_EQ(diff.phases[0].after, std::nullopt);
}

TEST(Diff, NamesTheSettingsThatDiffer) {
  Summary before = analyse(test::training_run()).summary;
  Summary after = before;
  before.header.config_text = "name: a\ntrain:\n  batch_size: 1\n  steps: 3\nloss:\n  hold_logits: false\n";
  after.header.config_text =
      "name: a\ntrain:\n  batch_size: 2\n  steps: 3\nloss:\n  hold_logits: false\n  chunk_rows: 8\n";
  after.header.libtorch_version = "2.12.0";
  const Diff diff = compare(before, after);
  ASSERT_EQ(diff.settings.size(), 3U);
  EXPECT_EQ(diff.settings[0].key, "LibTorch");
  EXPECT_EQ(diff.settings[1].key, "loss.chunk_rows");
  EXPECT_EQ(diff.settings[1].before, "");
  EXPECT_EQ(diff.settings[2].key, "train.batch_size");
  EXPECT_EQ(diff.settings[2].after, "2");
}

TEST(Diff, WhatOneRunDoesNotHaveHasNoChange) {
  Summary before = analyse(test::training_run()).summary;
  Summary after = before;
  before.ladder.clear();
  after.ladder = {{.rung = "reserved", .bytes = 4096}};
  const Diff diff = compare(before, after);
  ASSERT_EQ(diff.peaks.size(), 2U);
  EXPECT_EQ(diff.peaks[1].after, 4096);
  EXPECT_EQ(diff.peaks[1].change(), std::nullopt);
}

}  // namespace
}  // namespace profile_train
