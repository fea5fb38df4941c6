#include "reports/report_reader.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "profiler/budget/figure.h"
#include "reports/json.h"
#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

fs::path written(const std::string& text) {
  const fs::path file =
      fs::path(::testing::TempDir()) /
      (std::string("report_reader_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".json");
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

TEST(ReportReader, GivesBackWhatBudgetsMeasure) {
  for (const Summary& summary : {testing::example_summary(), testing::troubled_summary()}) {
    const auto read = read_report(written(to_json(summary)));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->peak.requested_bytes, summary.peak.requested_bytes);
    EXPECT_EQ(read->peak.by_category, summary.peak.by_category);
    EXPECT_EQ(read->category_peaks, summary.category_peaks);
    EXPECT_EQ(read->steps.size(), summary.steps.size());
    EXPECT_EQ(why_not_sound(*read), why_not_sound(summary));
    for (const Measure measure_of :
         {Measure::requested, Measure::allocated, Measure::growth, Measure::fragmentation, Measure::residual})
      EXPECT_EQ(measure(*read, {.measure = measure_of}).amount, measure(summary, {.measure = measure_of}).amount);
    for (int i = 0; i < kPhases; ++i) {
      const Subject phase{.measure = Measure::phase, .phase = static_cast<Phase>(i)};
      EXPECT_EQ(measure(*read, phase).amount, measure(summary, phase).amount);
    }
    ASSERT_EQ(read->live_at_peak.size(), summary.live_at_peak.size());
    EXPECT_EQ(read->live_at_peak[1].name, summary.live_at_peak[1].name);
    EXPECT_EQ(read->live_at_peak[1].sizes, summary.live_at_peak[1].sizes);
  }
}

TEST(ReportReader, ReadsWhateverTheWriterWrites) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto read = read_report(written(to_json(testing::random_summary(seed))));
    ASSERT_TRUE(read) << seed << ": " << read.error().message;
  }
}

TEST(ReportReader, RefusesWhatIsNoReport) {
  const auto error = [](const std::string& text) {
    const auto read = read_report(written(text));
    return read ? "no error" : read.error().message;
  };
  EXPECT_THAT(error("{"), AllOf(HasSubstr(".json"), HasSubstr("no report")));
  EXPECT_THAT(error("[]"), HasSubstr("no report"));
  EXPECT_THAT(error(R"({"schema": 999})"), AllOf(HasSubstr("version 999"), HasSubstr("profile-train report")));
  nlohmann::json report = nlohmann::json::parse(to_json(testing::example_summary()));
  report["peak"]["requested_bytes"] = "2 GiB";
  EXPECT_THAT(error(report.dump()), HasSubstr("no report"));
  report.erase("peak");
  EXPECT_THAT(error(report.dump()), HasSubstr("'peak'"));
  EXPECT_THAT(read_report("/nowhere/report.json").error().message, HasSubstr("/nowhere/report.json"));
}

}  // namespace
}  // namespace profile_train::reports
