#pragma once

#include <cstdint>
#include <map>

namespace profile_train {

/// Ranges of addresses that do not overlap, each with a value; what a caching allocator has of a driver, for one.
///
/// One thread. Adding over what is there replaces it; removing takes away any part of any ranges.
template <typename Value>
class AddressRanges {
 public:
  struct Range {
    std::uint64_t end = 0;  ///< the first address after it
    Value value{};
  };

  void add(std::uint64_t begin, std::uint64_t end, const Value& value) {
    if (begin >= end) return;
    remove(begin, end);
    ranges_[begin] = {end, value};
  }

  /// Returns how many bytes of the range were there.
  std::uint64_t remove(std::uint64_t begin, std::uint64_t end) {
    std::uint64_t removed = 0;
    auto it = ranges_.upper_bound(begin);
    if (it != ranges_.begin()) --it;
    while (it != ranges_.end() && it->first < end) {
      const std::uint64_t first = it->first;
      const Range range = it->second;
      if (range.end <= begin) {
        ++it;
        continue;
      }
      it = ranges_.erase(it);
      if (first < begin) ranges_[first] = {begin, range.value};
      if (range.end > end) it = ranges_.insert_or_assign(end, Range{range.end, range.value}).first;
      removed += (range.end < end ? range.end : end) - (first > begin ? first : begin);
    }
    return removed;
  }

  /// By their first address.
  const std::map<std::uint64_t, Range>& ranges() const { return ranges_; }

 private:
  std::map<std::uint64_t, Range> ranges_;
};

}  // namespace profile_train
