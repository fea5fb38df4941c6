#pragma once

#include <string>

#include "profiler/budget/check.h"

namespace profile_train::reports {

/// Phrases that the forms of a budget report share.

std::string format_amount(Amount amount, Measure measure);        ///< "2.13 GiB", "12.5 %"
std::string format_exact_amount(Amount amount, Measure measure);  ///< "2.13 GiB, 2,290,384,904 B", "12.5 %"

/// "gpt_small on cpu".
std::string run_name(const TraceHeader& run);

/// "2.13 GiB, 2,290,384,904 B: 51,463,168 B over the limit of 2.08 GiB" or why there is no figure, or no verdict on it.
std::string sentence_of(const LimitCheck& check);

/// "within"; "within, inferred"; "not judged, inferred" where the budget does not accept what was inferred.
std::string verdict_of(const LimitCheck& check);
/// There is an amount, but it was inferred and nobody accepts that.
bool is_not_judged(const LimitCheck& check);

/// "step 3, backward, LogSoftmaxBackward0 in lm_head"; empty if the figure has no place.
std::string place_of(const LimitCheck& check);

/// "4 × logits float32[256, 50257], 205,852,672 B, aten::linear in lm_head, forward"; the bytes may stand elsewhere.
enum class WithBytes { yes, no };
std::string describe(const Site& site, WithBytes with_bytes = WithBytes::yes);

/// All of it for a log: the sentence, the place and the responsible allocations, a line each.
std::string explain(const LimitCheck& check);

/// "2 limits exceeded, 1 alert, 14 within".
std::string verdict_line(const BudgetCheck& check);

}  // namespace profile_train::reports
