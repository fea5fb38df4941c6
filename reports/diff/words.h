#pragma once

#include <string>

#include "profiler/diff/diff.h"

namespace profile_train::reports {

/// Phrases that the forms of a comparison share.

std::string format_change(Bytes change);           ///< "+51,463,168 B", "−1,024 B", "0 B"
std::string change_share(const FigurePair& pair);  ///< "+2.1 %"; "new", "gone"; empty if nothing changed
std::string side_name(const DiffSide& side);       ///< "old.ptrace: gpt_small on cpu, LibTorch 2.11.0"
std::string peak_place(const PeakInstant& peak);   ///< "step 2, backward, aten::add in lm_head"

/// "12 × activations float32[1, 12, 256, 256], aten::softmax in transformer.h.*.attn, forward"; with what it was before
/// where that is another shape, operator or number.
std::string describe(const SiteDiff& site);

/// "2.14 GiB → 2.25 GiB, 2,299,820,044 B → 2,417,083,400 B: +117,263,356 B (+5.1 %)".
std::string peak_sentence(const Diff& diff);

}  // namespace profile_train::reports
