#include "profiler/nearest.h"

#include <algorithm>
#include <vector>

namespace profile_train {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the usual table: distance of the first i letters of `a` to every beginning of `b`.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  const auto last_part = [](std::string_view key) { return key.substr(key.rfind('.') + 1); };
  // A third of the letters may be wrong: beyond that a suggestion confuses more than it helps.
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    const std::size_t whole = edit_distance(word, candidate);
    // One more than the distance of the parts: a key that is right as a whole wins.
    const std::size_t part = edit_distance(last_part(word), last_part(candidate)) + 1;
    const std::size_t distance = std::min(whole, part);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

}  // namespace profile_train
