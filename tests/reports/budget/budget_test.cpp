#include "reports/budget/budget.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/budget/words.h"
#include "reports/text.h"
#include "tests/reports/budget/sample_checks.h"

namespace profile_train::reports {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(BudgetReport, TheTerminalNamesWhatIsOver) {
  const std::string text = render_budget(testing::exceeded_check(), {.width = 120});
  EXPECT_THAT(text, AllOf(HasSubstr("categories.logits"), HasSubstr("51,463,168 B over the limit"),
                          HasSubstr("102,926,336 B  2 × logits float32[256, 50257], aten::linear in lm_head, forward"),
                          HasSubstr("step 2, backward, LogSoftmaxBackward0 in lm_head")));
  EXPECT_THAT(text, HasSubstr("not measured: the CPU has no caching allocator"));
  EXPECT_THAT(text, HasSubstr("12.5 %"));
  EXPECT_THAT(text, HasSubstr("1 limit exceeded, 1 not measured, 1 alert, 2 within"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[")));
}

TEST(BudgetReport, NoLineIsWiderThanTheTerminal) {
  for (const BudgetCheck& check : {testing::exceeded_check(), testing::inferred_check(), testing::hostile_check()}) {
    const std::string text = render_budget(check, {.width = 80});
    for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
      EXPECT_LE(display_width(text.substr(start, end - start)), 80) << text.substr(start, end - start);
  }
}

TEST(BudgetReport, ATraceThatCannotBeJudgedSaysWhy) {
  BudgetCheck check = testing::kept_check();
  check.not_sound = {"the trace is cut short: it has no footer"};
  EXPECT_THAT(render_budget(check, {}), HasSubstr("This trace cannot be judged: the trace is cut short"));
  EXPECT_THAT(budget_markdown(check), AllOf(HasSubstr("not kept"), HasSubstr("cut short")));
  EXPECT_THAT(budget_junit(check), HasSubstr("errors=\"1\""));
  EXPECT_EQ(json::parse(to_json(check))["verdict"], "not_measured");
}

TEST(BudgetReport, MarkdownIsATableWithWhatIsResponsible) {
  const std::string text = budget_markdown(testing::exceeded_check());
  EXPECT_THAT(text, HasSubstr("### Memory budget not kept of gpt\\_small on cpu"));
  EXPECT_THAT(text, HasSubstr("| categories.logits | 196.3 MiB, 205,852,672 B |  | 147.2 MiB | **exceeded** |"));
  EXPECT_THAT(text,
              HasSubstr("- 2 × logits float32\\[256, 50257\\], 102,926,336 B, aten::linear in lm\\_head, forward"));
  EXPECT_THAT(budget_markdown(testing::kept_check()), HasSubstr("### Memory budget kept"));
}

TEST(BudgetReport, JsonHasTheFiguresAndTheVerdicts) {
  const json report = json::parse(to_json(testing::exceeded_check()));
  EXPECT_EQ(report["verdict"], "exceeded");
  EXPECT_EQ(report["limits"][2]["limit"], "categories.logits");
  EXPECT_EQ(report["limits"][2]["measured"], 205'852'672);
  EXPECT_EQ(report["limits"][2]["responsible"][0]["operator"], "aten::linear");
  EXPECT_TRUE(report["limits"][1]["measured"].is_null());
  EXPECT_EQ(report["limits"][1]["measured_why_not"], "the CPU has no caching allocator");
}

TEST(BudgetReport, AnExplanationHasALineForEachSite) {
  EXPECT_EQ(explain(testing::exceeded_check().limits[2]),
            "196.3 MiB, 205,852,672 B: 51,463,168 B over the limit of 147.2 MiB, 154,389,504 B\n"
            "  at step 2, backward, LogSoftmaxBackward0 in lm_head\n"
            "  2 × logits float32[256, 50257], 102,926,336 B, aten::linear in lm_head, forward\n"
            "  and 2 others, 102,926,336 B");
}

TEST(BudgetReport, WhatWasInferredIsMarkedInEveryForm) {
  const BudgetCheck check = testing::inferred_check();
  const std::string text = render_budget(check, {.width = 120});
  EXPECT_THAT(text, AllOf(HasSubstr("exceeded, inferred"), HasSubstr("within, inferred"),
                          HasSubstr("not judged, inferred"), HasSubstr("categories are inferred."),
                          HasSubstr("1 limit exceeded, 1 inferred and not judged, 2 within"),
                          HasSubstr("write inferred: accept into the budget")));
  EXPECT_THAT(budget_markdown(check),
              AllOf(HasSubstr("| **not judged, inferred** |"), HasSubstr("**Inferred**: Imported from")));
  EXPECT_THAT(budget_junit(check), HasSubstr("type=\"not judged, inferred\""));
  const json report = json::parse(to_json(check));
  EXPECT_EQ(report["inferred"], check.inferred);
  EXPECT_EQ(report["limits"][0]["inferred"], false);
  EXPECT_EQ(report["limits"][1]["inferred"], true);
  EXPECT_EQ(report["limits"][3]["measured"], 100);
  EXPECT_EQ(report["limits"][3]["verdict"], "not_measured");
}

}  // namespace
}  // namespace profile_train::reports
