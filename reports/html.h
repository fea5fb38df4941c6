#pragma once

#include <cstddef>
#include <string>

#include "profiler/analysis.h"

namespace profile_train::reports {

/// How much of a trace the page carries. What is left out is summed, never dropped.
struct HtmlLimits {
  std::size_t points = 30'000;       ///< instants of the timeline
  std::size_t allocations = 24'000;  ///< listed one by one; the rest is "smaller allocations"
};

/// One self-contained page: opens from disk with no network, shows the numbers of `to_json` and nothing else, lets
/// people walk through the trace instant by instant. Pure function of the analysis.
std::string render_html(const Analysis& analysis, const HtmlLimits& limits = {});

}  // namespace profile_train::reports
