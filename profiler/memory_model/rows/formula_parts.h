#pragma once

#include <fmt/format.h>

#include <string_view>

#include "profiler/memory_model/terms.h"
#include "profiler/mode_names.h"

/// What the formulas of rows are put together from. For rows/*_formulas.cpp and term_formulas.cpp.
namespace profile_train {

/// "4E·L" for 4 bytes times "E·L"; nothing for 0 bytes.
inline TermFormula sized(Bytes bytes, std::string_view letters, std::int64_t numbers) {
  return bytes * numbers == 0 ? TermFormula{} : TermFormula{fmt::format("{}{}", bytes, letters), bytes * numbers};
}

inline TermFormula sum_of(const TermFormula& a, const TermFormula& b) {
  if (a.bytes == 0) return b;
  if (b.bytes == 0) return a;
  return {fmt::format("{} + {}", a.text, b.text), a.bytes + b.bytes};
}

/// The blocks that keep their input and nothing else. Frozen ones keep nothing.
inline std::int64_t checkpointed_blocks(const TrainingSetup& s) {
  std::int64_t count = 0;
  for (std::int64_t i = s.frozen_blocks; i < s.blocks; ++i)
    count += is_checkpointed(s.checkpointing, s.checkpoint_every, i) ? 1 : 0;
  return count;
}

}  // namespace profile_train
