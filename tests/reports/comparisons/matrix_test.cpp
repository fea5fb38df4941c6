#include "reports/matrix/matrix.h"

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

TEST(Matrix, CountsSavingsFromTheFirstRow) {
  const Matrix matrix = testing::sample_matrix();
  EXPECT_EQ(matrix.saved(matrix.rows[0]), 0);
  EXPECT_EQ(matrix.saved(matrix.rows[1]), -400);
  EXPECT_EQ(matrix.saved(matrix.rows[2]), std::nullopt);
  EXPECT_EQ(matrix.failures(), 1);
}

TEST(Matrix, NothingIsSavedAgainstARowThatFailed) {
  Matrix matrix = testing::sample_matrix();
  matrix.rows[0].failure = "out of memory";
  EXPECT_EQ(matrix.saved(matrix.rows[1]), std::nullopt);
}

TEST(Matrix, TheTableHasARowForEachCombinationAndForFailures) {
  const std::string text = render_matrix(testing::sample_matrix(), {.width = 120});
  EXPECT_THAT(text,
              AllOf(HasSubstr("materialised"), HasSubstr("2.05 KiB"), HasSubstr("sdpa"), HasSubstr("8 B"),
                    HasSubstr("backward, not optimizer step"), HasSubstr("flash attention needs half precision")));
  EXPECT_THAT(text, HasSubstr("2 of 3 ran to their end"));
}

TEST(Matrix, NoLineIsWiderThanTheTerminal) {
  const std::string text = render_matrix(testing::sample_matrix(), {.width = 80});
  for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
    EXPECT_LE(display_width(text.substr(start, end - start)), 80) << text.substr(start, end - start);
}

TEST(Matrix, ANarrowTerminalShowsWhatMattersMostAndNamesTheRest) {
  const std::string narrow = render_matrix(testing::sample_matrix(), {.width = 78});
  EXPECT_THAT(narrow, AllOf(HasSubstr("2.05 KiB"), HasSubstr("residual"), HasSubstr("backward, not optimizer step")));
  EXPECT_THAT(narrow, HasSubstr("left out for want of room"));
  EXPECT_THAT(narrow, HasSubstr("a step"));
  EXPECT_THAT(render_matrix(testing::sample_matrix(), {.width = 160}), Not(HasSubstr("left out")));
}

TEST(Matrix, EveryRowSaysHowFarTheFormulasAreOff) {
  const Matrix matrix = testing::sample_matrix();
  EXPECT_EQ(error_of(matrix.rows[0].run->corrected_bytes, *matrix.rows[0].run), "-1.0 %");
  EXPECT_EQ(error_of(matrix.rows[0].run->stated_bytes, *matrix.rows[0].run), "-50.0 %");
  EXPECT_EQ(error_of(2'310, *matrix.rows[0].run), "+10.0 %");
  EXPECT_EQ(error_of(std::nullopt, *matrix.rows[0].run), "–");
  EXPECT_THAT(render_matrix(matrix, {.width = 160}), AllOf(HasSubstr("-1.0 %"), HasSubstr("-50.0 %")));
  EXPECT_THAT(matrix_html(matrix), HasSubstr("corrected off by -1.0 %, stated by -50.0 %"));
  EXPECT_EQ(json::parse(to_json(matrix))["rows"][0]["run"]["corrected_bytes"], 2'079);
}

TEST(Matrix, JsonHasNullsWithTheirReasons) {
  const json report = json::parse(to_json(testing::sample_matrix()));
  ASSERT_EQ(report["rows"].size(), 3U);
  EXPECT_EQ(report["rows"][1]["saved_bytes"], -400);
  EXPECT_EQ(report["rows"][1]["settings"]["model.attention"], "sdpa");
  EXPECT_TRUE(report["rows"][2]["run"].is_null());
  EXPECT_THAT(report["rows"][2]["run_why_not"].get<std::string>(), HasSubstr("half precision"));
}

TEST(Matrix, ThePageHasAFigureForEachRow) {
  const std::string page = matrix_html(testing::sample_matrix());
  std::size_t figures = 0;
  for (std::size_t at = page.find("<figure>"); at != std::string::npos; at = page.find("<figure>", at + 1)) ++figures;
  EXPECT_EQ(figures, 3U);
  EXPECT_THAT(page, AllOf(HasSubstr("c-logits"), HasSubstr("rows/001/report.html"), HasSubstr("residual 8 B")));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("<works>")));
}

}  // namespace
}  // namespace profile_train::reports
