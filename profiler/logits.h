#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_evidence.h"
#include "profiler/trace.h"

namespace profile_train {

/// Recognises the [rows, V] tensors of the head and the loss: the spike at the start of backward.
///
/// A tensor is one of them if it was born in the head, in the loss, or in the backward of either, and has their shape:
/// two or more dimensions of which the last is V. A storage that no operator described is judged by its size instead:
/// as many elements as the head's output has, at 1, 2, 4 or 8 bytes each.
class LogitsRule {
 public:
  LogitsRule(const Trace& trace, const ScopeEvidence& evidence, const std::vector<Allocation>& allocations);
  bool matches(const Allocation& allocation) const;

 private:
  bool has_shape(TensorTypeId type) const;

  const Trace& trace_;
  const ScopeEvidence& evidence_;
  std::int64_t vocabulary_ = 0;       ///< V; 0: not known
  std::int64_t output_elements_ = 0;  ///< of the head's output, rows · V; 0: not known
};

}  // namespace profile_train
