#pragma once

#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/diff/diff.h"
#include "reports/terminal.h"

namespace profile_train::reports {

/// Two runs beside each other, in the forms in which people and programs read it. Pure functions.

std::string render_diff(const Diff& diff, const TerminalOptions& options);

/// docs/json_schema/diff.schema.json says what is in it.
std::string to_json(const Diff& diff);

/// What a run held, along its steps: x is the number of the step and the part of it that is done, by events.
struct StepLine {
  struct Point {
    double x = 0.0;
    Bytes bytes = 0;
  };
  std::vector<Point> points;  ///< each holds until the next
  Point peak;
};
StepLine step_line(const Analysis& analysis);

/// One self-contained page with both timelines over each other, step on step. A side without a line, such as a report
/// instead of a trace, has none drawn.
std::string diff_html(const Diff& diff, const StepLine* before, const StepLine* after);

}  // namespace profile_train::reports
