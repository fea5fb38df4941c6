#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "profiler/analysis.h"

namespace profile_train {

/// The parts of a model that people think in: "transformer.wte", "transformer.h.*.attn", "lm_head", …
///
/// Numbered blocks count as one. A part that covers more than half of the run and its peak is divided into its
/// children, so that the groups say something about every model. Plain values; refers to nothing.
class ModuleGroups {
 public:
  /// At most `most` parts, in the order in which the trace first speaks of them, and behind them the two that every
  /// allocation without a part of its own belongs to: "other modules" and "no module".
  ModuleGroups(const Analysis& analysis, std::size_t most);

  const std::vector<std::string>& labels() const { return labels_; }
  /// Position among the labels. By the module that allocated; outside every module by the name of the tensor.
  std::size_t of(const Allocation& allocation) const;

 private:
  std::vector<std::string> labels_;
  std::vector<std::size_t> by_scope_;  ///< kNone: the scope is in no module
  std::vector<std::size_t> by_name_;
};

}  // namespace profile_train
