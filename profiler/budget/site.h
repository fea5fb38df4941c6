#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/analysis.h"

namespace profile_train {

/// Allocations of one make: the same operator, module, category and type. Blocks of a model that do the same are one
/// site, "transformer.h.*.attn".
struct Site {
  std::string op;      ///< empty if none
  std::string module;  ///< empty if none; a `*` stands for the numbers of several blocks
  Category category = Category::unknown;
  std::string dtype;  ///< empty: not known
  std::vector<std::int64_t> sizes;
  std::string name;            ///< of the parameter, with `*` as in `module`; empty if it has none
  Phase phase = Phase::other;  ///< of birth
  std::int64_t count = 0;
  Bytes bytes = 0;
  std::optional<Bytes> baseline_bytes;  ///< what the baseline had of this site at its own such instant
};

/// Live allocations as sites, most bytes first.
std::vector<Site> as_sites(const std::vector<LiveAllocation>& live);

/// The same beside what a baseline held: sites that grew come first, those that grew most before others.
std::vector<Site> as_sites(const std::vector<LiveAllocation>& live, const std::vector<LiveAllocation>& baseline);

/// "transformer.h.*.attn" of "transformer.h.11.attn".
std::string without_numbers(std::string_view path);

}  // namespace profile_train
