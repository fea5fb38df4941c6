#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profiler/budget/budget.h"

namespace profile_train {

/// "2 %", "0.5%" as 0.02, 0.005; none for anything else, and for what is negative or above 1,000 %.
std::optional<double> parse_percent(std::string_view text);

/// "24 GiB", "10 %" of a share, "baseline", "baseline + 5 %"; none for anything else.
std::optional<Threshold> parse_threshold(std::string_view text, Measure measure);

/// What parse_threshold() takes, for messages.
std::string expected_threshold(Measure measure);

/// As parse_threshold() reads it: "25769803776 B", "10.5 %", "baseline + 5 %".
std::string to_text(const Threshold& threshold, Measure measure);
std::string to_percent(double share);

}  // namespace profile_train
