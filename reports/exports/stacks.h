#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profiler/analysis.h"

namespace profile_train::reports {

/// Allocations that are live at the peak and tell the same about themselves, with their sum.
struct PeakStack {
  ScopeId scope = 0;
  NameId name = 0;
  Category category = Category::unknown;
  Bytes bytes = 0;
  std::int64_t allocations = 0;
};

/// What is live at the peak on the device that the summary speaks of, most bytes first. As large as the peak is varied.
std::vector<PeakStack> stacks_at_peak(const Analysis& analysis);

/// Frames from the outside in: modules by their full path, then operators and backward nodes, then the tensor's name if
/// it has one. A tensor of the model that was made outside every module gets the module that its name begins with.
std::vector<std::string> frames_of(const PeakStack& stack, const Trace& trace);

/// What every export says of itself: where it comes from, and what readers must know before they trust its figures.
std::vector<std::string> remarks_on(const Summary& summary);

/// "weights", or "weights, inferred" where nobody told what the tensors are.
std::string category_label(Category category, const Trace& trace);

}  // namespace profile_train::reports
