#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace profile_train {

/// Single-letter insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a mistyped `word` most likely meant; none if all are too far to be a typing error.
///
/// Dotted keys also match by their last part, so that `batch_size` finds `train.batch_size`.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace profile_train
