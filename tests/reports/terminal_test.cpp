#include "reports/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "profiler/warnings.h"
#include "reports/format.h"
#include "reports/text.h"
#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

Bytes parse_exact_bytes(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  return std::stoll(text);
}

/// The byte counts of the category table, as printed; empty if the table cannot be found.
std::vector<std::string> printed_category_bytes(const std::string& report) {
  std::vector<std::string> printed;
  bool inside = false;
  const std::regex row("^  [a-z ]+?  +([0-9,]+) B .*");
  for (const std::string& line : lines_of(report)) {
    if (line.rfind("  category  ", 0) == 0 && line.find("share") != std::string::npos) {
      inside = true;
    } else if (inside && line.find("───") != std::string::npos) {
      return printed;
    } else if (std::smatch match; inside && std::regex_match(line, match, row)) {
      printed.push_back(match[1]);
    }
  }
  return {};
}

TEST(TerminalReport, NoLineIsWiderThanTheTerminal) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Summary summary = testing::random_summary(seed);
    for (const int width : {60, 80, 132}) {
      const std::string report = render_terminal(summary, {false, width, 10, {std::string(200, 'x')}});
      for (const std::string& line : lines_of(report)) {
        ASSERT_LE(display_width(line), width) << "seed " << seed << ":\n" << line;
        ASSERT_EQ(printable(line), line) << "seed " << seed << ": not printable";
      }
    }
  }
}

TEST(TerminalReport, ColourChangesNothingButTheColour) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const Summary summary = testing::random_summary(seed);
    const std::string plain = render_terminal(summary, {.colour = false});
    const std::string coloured = render_terminal(summary, {.colour = true});
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(coloured, HasSubstr("\x1b["));
    EXPECT_EQ(without_colours(coloured), plain) << "seed " << seed;
  }
}

TEST(TerminalReport, PrintedCategoriesSumToThePrintedPeak) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Summary summary = testing::random_summary(seed);
    const std::string report = render_terminal(summary, {});
    const std::vector<std::string> printed = printed_category_bytes(report);
    ASSERT_EQ(printed.size(), kCategories) << "seed " << seed;
    Bytes sum = 0;
    for (const std::string& bytes : printed) sum += parse_exact_bytes(bytes);
    EXPECT_EQ(sum, summary.peak.requested_bytes) << "seed " << seed;
    EXPECT_THAT(report, HasSubstr(format_exact_bytes(summary.peak.requested_bytes)));
  }
}

TEST(TerminalReport, UnknownIsPrintedAlsoWhenItIsZero) {
  EXPECT_THAT(render_terminal(testing::example_summary(), {}), HasSubstr("unknown                      0 B"));
}

TEST(TerminalReport, AResidualOfThePeakIsPrinted) {
  Summary summary = testing::example_summary();
  EXPECT_THAT(render_terminal(summary, {}), HasSubstr("residual 0 B"));
  at(summary.peak.by_category, Category::temporary) -= 512;
  summary.peak.residual_bytes = 512;
  EXPECT_THAT(render_terminal(summary, {}), HasSubstr("residual 512 B"));
}

TEST(TerminalReport, APeakFromATraceWithLossesIsALowerBound) {
  Summary summary = testing::example_summary();
  EXPECT_THAT(render_terminal(summary, {}), Not(HasSubstr("lower bound")));
  summary.losses.dropped_events = 12;
  summary.warnings = warnings_about(summary);
  const std::string report = render_terminal(summary, {});
  EXPECT_THAT(report, HasSubstr("! 12 events could not be recorded: every peak is a lower bound."));
  EXPECT_THAT(report, HasSubstr("at least 2.14 GiB"));
}

TEST(TerminalReport, WhatWasNotMeasuredSaysWhy) {
  const std::string report = render_terminal(testing::troubled_summary(), {});
  EXPECT_THAT(report, HasSubstr("resident · not measured: the trace ends before"));
  EXPECT_THAT(report, HasSubstr("Not compared: the program did not describe its training setup"));
  EXPECT_THAT(report, HasSubstr("no loss: the program recorded no metric called \"loss\""));
}

TEST(TerminalReport, ListsAsManyAllocationsAsAskedForAndSumsTheRest) {
  const std::string report = render_terminal(testing::example_summary(), {.top = 5});
  EXPECT_THAT(report, HasSubstr("the 5 largest of 7 allocations"));
  // 9,437,184 B and 786,432 B are left: 9.75 MiB.
  EXPECT_THAT(report, HasSubstr("9.75 MiB  in 2 more"));
}

TEST(TerminalReport, OfALongRunShowsBothEndsAndThePeak) {
  Summary summary = testing::example_summary();
  const StepSummary step = summary.steps.front();
  summary.steps.assign(1000, step);
  for (std::size_t i = 0; i < summary.steps.size(); ++i) summary.steps[i].step = static_cast<std::int32_t>(i) + 1;
  summary.peak.step = 500;
  const std::string report = render_terminal(summary, {});
  EXPECT_THAT(report, HasSubstr("495 more steps, none higher"));  // 5 … 499
  EXPECT_THAT(report, HasSubstr("496 more steps, none higher"));  // 501 … 996
  EXPECT_LT(lines_of(report).size(), 140U);
}

TEST(TerminalReport, ManyStretchesOfAPhaseAreOneRow) {
  Summary summary = testing::example_summary();
  const PhaseSummary forward = summary.phases[4];
  for (int i = 0; i < 15; ++i) summary.phases.insert(summary.phases.begin() + 5, forward);
  const std::string report = render_terminal(summary, {});
  EXPECT_THAT(report, HasSubstr("forward ×16"));
  EXPECT_THAT(report, HasSubstr("19,360"));  // 16 · 1,210 events
}

TEST(TerminalReport, OfAnEmptyTraceIsStillAReport) {
  const std::string report = render_terminal(Summary{}, {});
  EXPECT_THAT(report, HasSubstr("no complete training step"));
  EXPECT_THAT(report, HasSubstr("residual 0 B"));
}

}  // namespace
}  // namespace profile_train::reports
