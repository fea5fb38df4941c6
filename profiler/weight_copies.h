#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_evidence.h"
#include "profiler/trace.h"

namespace profile_train {

/// Recognises reduced-precision casts of parameters: autocast makes one of each linear weight and the graph keeps it.
///
/// Born inside a casting operator, with the sizes of a parameter and a smaller dtype than that parameter's.
class WeightCopyRule {
 public:
  WeightCopyRule(const Trace& trace, const ScopeEvidence& evidence, const std::vector<Allocation>& allocations);
  bool matches(const Allocation& allocation) const {
    return is_reduced_parameter_[allocation.tensor_type] && evidence_.has(allocation.scope, Evidence::cast);
  }

 private:
  const ScopeEvidence& evidence_;
  std::vector<bool> is_reduced_parameter_;  ///< by tensor type
};

}  // namespace profile_train
