#include "reports/diff/diff.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/text.h"
#include "tests/reports/comparisons/sample_comparisons.h"

namespace profile_train::reports {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DiffReport, TheTerminalNamesWhatIsNew) {
  const std::string text = render_diff(testing::sample_diff(), {.width = 100});
  EXPECT_THAT(text, AllOf(HasSubstr("2,100 B → "), HasSubstr("+400 B (+19.0 %)"), HasSubstr("lm_head"),
                          HasSubstr("+400 B  new  logits float32[100], aten::linear in lm_head, forward")));
  EXPECT_THAT(text, HasSubstr("in both"));  // the place of the peak
  EXPECT_THAT(text, HasSubstr("LibTorch"));
}

TEST(DiffReport, NoLineIsWiderThanTheTerminal) {
  const std::string text = render_diff(testing::sample_diff(), {.width = 80});
  for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
    EXPECT_LE(display_width(text.substr(start, end - start)), 80) << text.substr(start, end - start);
}

TEST(DiffReport, ALikeRunSaysSo) {
  const Summary& run = testing::plain_run().summary;
  const std::string text = render_diff(compare(run, run), {.width = 100});
  EXPECT_THAT(text, AllOf(HasSubstr("2,100 B in both"), HasSubstr("unchanged"), Not(HasSubstr("moved from"))));
}

TEST(DiffReport, JsonSumsToTheChange) {
  const json report = json::parse(to_json(testing::sample_diff()));
  EXPECT_EQ(report["change_bytes"], 400);
  for (const char* list : {"categories", "modules", "sites"}) {
    json::number_integer_t sum = 0;
    for (const json& row : report[list]) sum += row["change_bytes"].get<json::number_integer_t>();
    EXPECT_EQ(sum, 400) << list;
  }
  EXPECT_EQ(report["sites"][0]["change"], "new");
}

TEST(StepLine, LaysRunsStepOnStepAndKeepsThePeak) {
  const StepLine line = step_line(testing::plain_run());
  ASSERT_FALSE(line.points.empty());
  EXPECT_EQ(line.peak.bytes, 2100);
  EXPECT_GE(line.peak.x, 1.0);  // in the first step
  EXPECT_LT(line.peak.x, 2.0);
  Bytes highest = 0;
  double last = 0.0;
  for (const StepLine::Point& point : line.points) {
    EXPECT_GE(point.x, last);
    last = point.x;
    highest = std::max(highest, point.bytes);
  }
  EXPECT_EQ(highest, 2100);
  EXPECT_LE(last, 6.0);  // five steps
}

TEST(DiffReport, ThePageDrawsBothLinesOverEachOther) {
  const StepLine before = step_line(testing::plain_run());
  const StepLine after = step_line(testing::run_with_held_logits());
  const std::string page = diff_html(testing::sample_diff(), &before, &after);
  EXPECT_THAT(page, AllOf(HasSubstr("<path class=\"before\""), HasSubstr("<path class=\"after\""),
                          HasSubstr("peak of the new run, 2,500 B"), HasSubstr("id=\"sites\"")));
  EXPECT_THAT(page, Not(HasSubstr("<b>\"")));
  EXPECT_THAT(diff_html(testing::sample_diff(), nullptr, nullptr), Not(HasSubstr("<svg")));
}

TEST(DiffReport, SaysWhichRunWasImportedAndWhatThatMeans) {
  Summary imported = testing::run_with_held_logits().summary;
  imported.inferred = "Imported from a snapshot.";
  const Diff diff = compare(testing::plain_run().summary, imported);
  EXPECT_THAT(render_diff(diff, {.width = 120}),
              AllOf(HasSubstr("new: Imported from a snapshot."), HasSubstr("at the peak; inferred of the new run"),
                    HasSubstr("Modules of the new run are lines of its program")));
  EXPECT_THAT(diff_html(diff, nullptr, nullptr),
              AllOf(HasSubstr("New run: Imported from a snapshot."), HasSubstr("inferred of the new run")));
  EXPECT_EQ(json::parse(to_json(diff))["new"]["inferred"], imported.inferred);
  EXPECT_EQ(json::parse(to_json(diff))["old"]["inferred"], "");
  const std::string both = render_diff(compare(imported, imported), {.width = 120});
  EXPECT_THAT(both, AllOf(HasSubstr("inferred of both runs"), Not(HasSubstr("lines of its program"))));
}

}  // namespace
}  // namespace profile_train::reports
