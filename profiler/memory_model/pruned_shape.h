#pragma once

#include <cmath>
#include <cstdint>

namespace profile_train {

/// What structured pruning leaves of a block: whole heads of the size they had, and columns of the feed-forward part.
struct PrunedShape {
  std::int64_t heads = 0;
  std::int64_t feed_forward = 0;
};

inline PrunedShape pruned_shape(std::int64_t heads, std::int64_t feed_forward, double pruned_share) {
  const auto left_of = [&](std::int64_t count) {
    return static_cast<std::int64_t>(std::llround((1.0 - pruned_share) * static_cast<double>(count)));
  };
  return {left_of(heads), left_of(feed_forward)};
}

}  // namespace profile_train
