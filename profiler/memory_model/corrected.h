#pragma once

#include <optional>
#include <string>

#include "profiler/event.h"
#include "profiler/memory_model/terms.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// The instants that a formula for the back of an envelope knows.
enum class Instant { logits_spike, tied_head_sum, optimizer_step, divergence };

/// Bytes of one of them, row by row, and when it is.
struct FormulaInstant {
  Instant instant = Instant::logits_spike;
  Phase phase = Phase::backward;
  TermBytes terms{};
};

/// The corrected formula, as one would do it by hand: large terms only, no scratch of any kernel. In fp32:
///   M_act = L(8E + 8E + 12E + 4E + 8BSF + scores) + 8E + 4Nl       materialised, F = 4H: L(64E + 4A) + 8E + 4Nl
///   logits spike    4N + state + 16BS + M_act + 8Nl      (+ 4N if gradients stay, + 4Nl if logits are held)
///   tied head       8N + state + 16BS + 8VH + 4E − 4TH  (the position table's gradient is not made yet)
///   optimizer step  8N + state + 16BS + temporaries      AdamW: 8·n_max; optimizer_terms.h has the others
/// With a loss in chunks of c rows 4Nl and 8Nl are gone from the spike; 8cV, 4VH and 4E are there instead, the last two
/// being the gradients of the head and of its input, which grow chunk by chunk. At the tied head 4VH wait, not 8VH.
/// With a teacher the spike holds both softmaxes as well, and there is an instant more, in the loss: the divergence of
/// the two, number by number, beside the logits. In fp32 20Nl and 28Nl in all, where there were 12Nl.
/// Other precisions change the bytes a number (widths.h) and autocast adds its copies of the weights, 2·N_lin.
/// Other families of models keep other tensors: rows/ has them, and for a family without formulas there is no value.
/// `steady`: false for step 1, where the optimizer's state is born in the optimizer step.
std::optional<FormulaInstant> corrected_at(Instant instant, const TrainingSetup& setup, bool steady);

/// The highest of them.
std::optional<FormulaInstant> corrected_peak(const TrainingSetup& setup, bool steady);

}  // namespace profile_train
