#include "profiler/budget/budget_file.h"

#include <gmock/gmock.h>

#include <fstream>

namespace profile_train {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class BudgetFile : public ::testing::Test {
 protected:
  BudgetFile() { fs::create_directories(folder_); }
  ~BudgetFile() override { fs::remove_all(folder_); }

  Result<Budget> read(const std::string& text) const {
    std::ofstream(folder_ / "budgets.yaml") << text;
    return read_budget(folder_ / "budgets.yaml");
  }
  std::string error(const std::string& text) const {
    const auto budget = read(text);
    return budget ? "no error" : budget.error().message;
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("budget_file_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

const Limit& limit_of(const Budget& budget, const std::string& key) {
  for (const Limit& limit : budget.limits)
    if (key_of(limit.subject) == key) return limit;
  throw std::runtime_error("no limit on " + key);
}

TEST_F(BudgetFile, ReadsEveryKindOfLimit) {
  const auto budget = read(
      "baseline: old/report.json\n"
      "tolerance: 2 %\n"
      "alert: 95 %\n"
      "unknown: 1 KiB\n"
      "growth: 0 B\n"
      "fragmentation: 12.5 %\n"
      "residual: {fail: 4 KB, alert: 0}\n"
      "peak:\n"
      "  requested: baseline\n"
      "  allocated: baseline + 5 %\n"
      "  reserved: {fail: 24 GiB, alert: 24 GB}\n"
      "categories: {logits: 200 MiB, optimizer_state: 1000}\n"
      "phases: {optimizer_step: 1.5 GiB}\n"
      "modules:\n"
      "  transformer.h.*.attn: 10 MB\n");
  ASSERT_TRUE(budget) << budget.error().message;
  EXPECT_EQ(budget->baseline, folder_ / "old/report.json");
  EXPECT_DOUBLE_EQ(budget->tolerance, 0.02);
  EXPECT_EQ(budget->alert, 0.95);
  EXPECT_EQ(budget->limits.size(), 11U);
  EXPECT_EQ(limit_of(*budget, "unknown").fail->amount, 1024);
  EXPECT_EQ(limit_of(*budget, "growth").fail->amount, 0);
  EXPECT_EQ(limit_of(*budget, "fragmentation").fail->amount, 1250);
  EXPECT_EQ(limit_of(*budget, "residual").alert->amount, 0);
  EXPECT_EQ(limit_of(*budget, "peak.requested").fail, (Threshold{.of_baseline = true}));
  EXPECT_DOUBLE_EQ(*limit_of(*budget, "peak.allocated").fail->tolerance, 0.05);
  EXPECT_EQ(limit_of(*budget, "peak.reserved").fail->amount, Bytes{24} << 30);
  EXPECT_EQ(limit_of(*budget, "peak.reserved").alert->amount, 24'000'000'000);
  EXPECT_EQ(limit_of(*budget, "categories.optimizer_state").subject.category, Category::optimizer_state);
  EXPECT_EQ(limit_of(*budget, "phases.optimizer_step").subject.phase, Phase::optimizer_step);
  EXPECT_EQ(limit_of(*budget, "modules.transformer.h.*.attn").subject.modules, "transformer.h.*.attn");
  EXPECT_THAT(limit_of(*budget, "peak.allocated").place, HasSubstr("budgets.yaml:10"));
}

TEST_F(BudgetFile, AllowsNoUnknownBytesUnlessItSaysSo) {
  EXPECT_EQ(limit_of(*read("growth: 0 B\n"), "unknown").fail->amount, 0);
  EXPECT_TRUE(limit_of(*read("growth: 0 B\n"), "unknown").implied);
  EXPECT_FALSE(limit_of(*read("unknown: 0 B\n"), "unknown").implied);
}

TEST_F(BudgetFile, ErrorsNameThePlaceTheKeyAndTheRemedy) {
  EXPECT_THAT(error("peak:\n  requestd: 1 GiB\n"), AllOf(HasSubstr("budgets.yaml:2"), HasSubstr("peak.requestd"),
                                                         HasSubstr("did you mean peak.requested?")));
  EXPECT_THAT(error("categories: {logit: 1 GiB}\n"), HasSubstr("did you mean categories.logits?"));
  EXPECT_THAT(error("phases: {xyzzyxyzzy: 1 GiB}\n"), AllOf(HasSubstr("there are"), HasSubstr("phases.backward")));
  EXPECT_THAT(error("pek: {requested: 1 GiB}\n"), HasSubstr("did you mean peak?"));
  EXPECT_THAT(error("growth: lots\n"), AllOf(HasSubstr("budgets.yaml:1"), HasSubstr("24 GiB"), HasSubstr("'lots'")));
  EXPECT_THAT(error("growth: -1 B\n"), HasSubstr("growth"));
  EXPECT_THAT(error("fragmentation: 10 MiB\n"), HasSubstr("percentage"));
  EXPECT_THAT(error("growth: [1, 2]\n"), HasSubstr("found a list"));
  EXPECT_THAT(error("peak: 3 GiB\n"), AllOf(HasSubstr("expected limits of this section"), HasSubstr("'3 GiB'")));
  EXPECT_THAT(error("growth: 0 B\ngrowth: 1 B\n"), AllOf(HasSubstr("twice"), HasSubstr("budgets.yaml:1")));
  EXPECT_THAT(error("growth: {fial: 1 B}\n"), AllOf(HasSubstr("growth.fial"), HasSubstr("fail and alert")));
  EXPECT_THAT(error("growth: {fail: 1 B, alert: 2 B}\n"), HasSubstr("above fail"));
  EXPECT_THAT(error("growth: baseline\n"), HasSubstr("there is no baseline"));
  EXPECT_THAT(error("growth: baseline - 5 %\n"), HasSubstr("baseline + 5 %"));
  EXPECT_THAT(error("growth: {}\n"), HasSubstr("found nothing"));
  EXPECT_THAT(error("alert: 120 %\ngrowth: 0 B\n"), HasSubstr("at most 100 %"));
  EXPECT_THAT(error("tolerance: 5\ngrowth: 0 B\n"), HasSubstr("percentage such as 2 %"));
  EXPECT_THAT(error("inferred: yes\ngrowth: 0 B\n"), HasSubstr("expected accept or refuse, found 'yes'"));
  EXPECT_THAT(error("infered: accept\ngrowth: 0 B\n"), HasSubstr("did you mean inferred?"));
  EXPECT_THAT(error("baseline: {a: b}\ngrowth: 0 B\n"), HasSubstr("report.json"));
  EXPECT_THAT(error("modules: {.h: 1 B}\n"), HasSubstr("transformer.h.*.attn"));
  EXPECT_THAT(error("alert: 90 %\n"), HasSubstr("found none"));
  EXPECT_THAT(error(""), HasSubstr("expected limits"));
  EXPECT_THAT(error("a: [\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(read_budget(folder_ / "nowhere.yaml").error().message,
              AllOf(HasSubstr("nowhere.yaml"), HasSubstr("profile-train baseline")));
  EXPECT_THAT(read_budget(folder_).error().message, HasSubstr("cannot be read"));
}

TEST_F(BudgetFile, WritesWhatItReads) {
  const auto first = read(
      "alert: 97.6 %\nunknown: 7 B\nfragmentation: {alert: 3 %}\npeak: {requested: {fail: 3 GiB, alert: 2 GiB}}\n"
      "modules: {'h.*': 5 B}\n");
  ASSERT_TRUE(first) << first.error().message;
  const std::string text = to_yaml(*first, "A comment.");
  EXPECT_THAT(text, AllOf(HasSubstr("# A comment.\n"), HasSubstr("# 3.00 GiB")));
  const auto second = read(text);
  ASSERT_TRUE(second) << second.error().message << text;
  ASSERT_EQ(second->limits.size(), first->limits.size());
  EXPECT_EQ(second->alert, first->alert);
  for (const Limit& limit : first->limits) {
    const Limit& again = limit_of(*second, key_of(limit.subject));
    EXPECT_EQ(again.fail, limit.fail) << text;
    EXPECT_EQ(again.alert, limit.alert) << text;
  }
}

TEST_F(BudgetFile, SaysWhetherWhatWasInferredIsGoodEnough) {
  EXPECT_FALSE(read("growth: 0 B\n")->accepts_inferred);
  EXPECT_FALSE(read("inferred: refuse\ngrowth: 0 B\n")->accepts_inferred);
  const auto accepting = read("inferred: accept\ngrowth: 0 B\n");
  EXPECT_TRUE(accepting->accepts_inferred);
  EXPECT_TRUE(read(to_yaml(*accepting, "Two\nlines."))->accepts_inferred);
}

}  // namespace
}  // namespace profile_train
