#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "profiler/memory_model/symbolic/training_run.h"
#include "profiler/memory_model/terms.h"

namespace profile_train {

/// An instant of the predicted run: what is alive, and where the program is.
struct PredictedInstant {
  std::int64_t event = 0;
  Bytes bytes = 0;
  Phase phase = Phase::other;
  std::string where;  ///< for people: "backward: sum of the tied head's gradients"
  TermBytes terms{};
};

/// Looks into the prediction of two training steps: the first, and one that stands for all later ones.
class PredictedInstants {
 public:
  explicit PredictedInstants(const TrainingSetup& setup, const symbolic::SkippedUpdates& skipped = {});

  /// Highest requested bytes in a step (1: the first, 2: steady state), or in one phase of it.
  PredictedInstant peak(std::int32_t step) const;
  std::optional<PredictedInstant> peak(std::int32_t step, Phase phase) const;
  /// Most logits bytes in backward; of several such instants the one with most bytes in all.
  PredictedInstant spike(std::int32_t step) const;
  /// Highest bytes while a backward node of that name runs.
  std::optional<PredictedInstant> peak_in_node(std::int32_t step, std::string_view node) const;
  /// When the loss of the first micro-batch exists: what the forward pass keeps.
  PredictedInstant after_forward(std::int32_t step) const;

 private:
  PredictedInstant at_event(std::int64_t event) const;
  bool is_logits(const symbolic::PredictedAllocation& allocation) const;
  bool is_weight_copy(const symbolic::PredictedAllocation& allocation) const;

  TrainingSetup setup_;
  symbolic::PredictedRun run_;
  std::set<std::vector<std::int64_t>> parameter_sizes_;
  std::vector<std::int64_t> allocation_at_;  ///< by event: the allocation born there, or −1
};

}  // namespace profile_train
