#include "tests/reports/golden.h"

#include <gtest/gtest.h>

#include "reports/json.h"
#include "reports/terminal.h"
#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

const std::vector<std::string> kFiles = {"out/trace.ptrace", "out/report.html", "out/report.json"};

TEST(Golden, TerminalReportOfAGoodRun) {
  testing::expect_golden("terminal_good.txt", render_terminal(testing::example_summary(), {.files = kFiles}));
}

TEST(Golden, TerminalReportOfAGoodRunInColour) {
  testing::expect_golden("terminal_colour.txt", render_terminal(testing::example_summary(), {.colour = true}));
}

TEST(Golden, TerminalReportOfATroubledRun) {
  testing::expect_golden("terminal_troubled.txt", render_terminal(testing::troubled_summary(), {.files = kFiles}));
}

TEST(Golden, JsonReportOfAGoodRun) { testing::expect_golden("report_good.json", to_json(testing::example_summary())); }

TEST(Golden, JsonReportOfATroubledRun) {
  testing::expect_golden("report_troubled.json", to_json(testing::troubled_summary()));
}

}  // namespace
}  // namespace profile_train::reports
