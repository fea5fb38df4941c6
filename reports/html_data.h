#pragma once

#include <string>

#include "profiler/analysis.h"
#include "reports/html.h"

namespace profile_train::reports {

/// What the page draws and lists beyond the summary, as JSON in columns: the timeline, phase bands, steps, and the
/// allocations with their births and deaths.
///
/// Columns are packed, those of numbers that grow as differences, which keeps a page of 30,000 instants small. At every
/// instant of the timeline the listed allocations alive there plus the smaller ones make its total.
std::string chart_data(const Analysis& analysis, const HtmlLimits& limits);

}  // namespace profile_train::reports
