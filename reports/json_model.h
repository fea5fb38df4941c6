#pragma once

#include <string_view>

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

inline constexpr std::string_view kNotSimulated = "the simulated device was not used in this run";

/// Why a value of a comparison is missing, column by column.
struct ModelReasons {
  std::string_view stated = "the stated formula does not speak of this";
  std::string_view corrected = "the corrected formula does not speak of this";
  std::string_view exact = "the model does not predict this";
  std::string_view simulated = kNotSimulated;
  std::string_view observed = "the trace does not contain this instant";
  std::string_view residual = "needs both an exact and an observed value";

  /// One reason for all of them. The text must outlive the result.
  static ModelReasons all(std::string_view reason) { return {reason, reason, reason, reason, reason, reason}; }
};

/// Parts that the report of a run and an estimate have in common.
Json terms_json(const std::vector<ModelTerm>& terms, const ModelReasons& reasons);
Json instant_json(const ModelInstant& instant, const ModelReasons& reasons);

}  // namespace profile_train::reports
