#pragma once

#include <string_view>

namespace profile_train {

// Metrics that mean something to the analysis: what writes them and what reads them must agree.
inline constexpr std::string_view kLossMetric = "loss";
inline constexpr std::string_view kUpdateSkippedMetric =
    "update skipped";  ///< a loss scaler left the step's update out

}  // namespace profile_train
