#pragma once

#include <string>
#include <string_view>

#include "profiler/diff/diff.h"

namespace profile_train::reports {

/// Phrases that the forms of a comparison share.

/// What names of figures are: keys, which people read with blanks ("optimizer state"), or paths, which stay as they
/// are.
enum class Names { keys, paths };
std::string told_name(const FigurePair& pair, Names names);

std::string format_change(Bytes change);           ///< "+51,463,168 B", "−1,024 B", "0 B"
std::string change_share(const FigurePair& pair);  ///< "+2.1 %", "× 46", "new", "gone"; empty if nothing changed
std::string step_seconds(const Diff& diff);        ///< "10.2 ms → 1.6 ms a step"; empty if a run does not tell
std::string side_name(const DiffSide& side);       ///< "old.ptrace: gpt_small on cpu, LibTorch 2.11.0"
std::string peak_place(const PeakInstant& peak);   ///< "step 2, backward, aten::add in lm_head"

/// "at the peak; inferred of the old run": what a table of categories or phases says beside its title.
std::string with_inferred(std::string_view aside, const Diff& diff);

/// What the two runs do not share: one of them was imported and has no module paths. Empty if there is nothing to say.
std::string unlike_sides(const Diff& diff);

/// "12 × activations float32[1, 12, 256, 256], aten::softmax in transformer.h.*.attn, forward"; with what it was before
/// where that is another shape, operator or number.
std::string describe(const SiteDiff& site);

/// "2.14 GiB → 2.25 GiB, 2,299,820,044 B → 2,417,083,400 B: +117,263,356 B (+5.1 %)".
std::string peak_sentence(const Diff& diff);

}  // namespace profile_train::reports
