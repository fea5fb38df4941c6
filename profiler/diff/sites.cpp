#include "profiler/diff/sites.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "profiler/budget/site.h"

namespace profile_train {
namespace {

/// One thing of the program in both runs; null where it is not.
struct Match {
  const LiveAllocation* before = nullptr;
  const LiveAllocation* after = nullptr;
};

std::vector<const LiveAllocation*> in_order_of_birth(const std::vector<LiveAllocation>& live) {
  std::vector<const LiveAllocation*> ordered;
  for (const LiveAllocation& one : live) ordered.push_back(&one);
  std::ranges::stable_sort(ordered, [](const auto* a, const auto* b) { return a->age_events > b->age_events; });
  return ordered;
}

/// Pairs the n-th of a key in one run with the n-th of the same key in the other, and takes both out.
template <typename KeyOf>
void match(std::vector<const LiveAllocation*>& before, std::vector<const LiveAllocation*>& after, KeyOf key_of,
           std::vector<Match>& matches) {
  std::map<decltype(key_of(*before.front())), std::vector<const LiveAllocation**>> waiting;
  for (const LiveAllocation*& one : before) waiting[key_of(*one)].push_back(&one);
  std::map<decltype(key_of(*before.front())), std::size_t> next;
  for (const LiveAllocation*& one : after) {
    const auto key = key_of(*one);
    const auto found = waiting.find(key);
    if (found == waiting.end() || next[key] == found->second.size()) continue;
    const LiveAllocation*& partner = *found->second[next[key]++];
    matches.push_back({partner, one});
    partner = nullptr;
    one = nullptr;
  }
  std::erase(before, nullptr);
  std::erase(after, nullptr);
}

/// A parameter's storage is known by its name: who allocated it is of no importance. Others have the empty name.
auto place_of(const LiveAllocation& live) {
  return live.name.empty() ? std::make_tuple(live.category, live.phase, live.op, live.module)
                           : std::make_tuple(live.category, Phase::other, std::string(), live.name);
}

auto typed_place_of(const LiveAllocation& live) {
  return std::make_tuple(place_of(live), live.dtype, live.sizes, live.dtype.empty() ? live.bytes : 0);
}

/// Another shape or type, but as many dimensions: a seed is no matrix that shrank. What has a name is known by that.
auto place_and_dimensions_of(const LiveAllocation& live) {
  const bool by_name = !live.name.empty();
  return std::make_tuple(place_of(live), !by_name && live.dtype.empty(), by_name ? 0 : live.sizes.size());
}

auto type_in_module(const LiveAllocation& live) {
  return std::make_tuple(live.category, live.phase, live.module, live.name, live.dtype, live.sizes, live.bytes);
}

SiteChange change_of(const Match& match) {
  if (match.before == nullptr) return SiteChange::appeared;
  if (match.after == nullptr) return SiteChange::gone;
  const Bytes change = match.after->bytes - match.before->bytes;
  return change > 0 ? SiteChange::grown : change < 0 ? SiteChange::shrunk : SiteChange::same;
}

bool same_type(const LiveAllocation& a, const LiveAllocation& b) { return a.dtype == b.dtype && a.sizes == b.sizes; }

SiteDiff row_of(const Match& match) {
  const LiveAllocation& told = match.after ? *match.after : *match.before;
  SiteDiff row;
  row.change = change_of(match);
  row.op = told.op;
  row.module = told.module;
  row.name = told.name;
  row.category = told.category;
  row.phase = told.phase;
  row.dtype = told.dtype;
  row.sizes = told.sizes;
  if (match.before && match.after) {
    if (match.before->op != match.after->op) row.op_before = match.before->op;
    if (!same_type(*match.before, *match.after)) {
      row.dtype_before = match.before->dtype;
      row.sizes_before = match.before->sizes;
    }
  }
  if (match.before) {
    row.count_before = 1;
    row.bytes_before = match.before->bytes;
  }
  if (match.after) {
    row.count_after = 1;
    row.bytes_after = match.after->bytes;
  }
  return row;
}

void add(SiteDiff& to, const SiteDiff& from) {
  // Several blocks, or several parameters of them: their numbers become a star.
  if (to.module != from.module) to.module = without_numbers(to.module);
  if (to.name != from.name) to.name = without_numbers(to.name);
  to.count_before += from.count_before;
  to.count_after += from.count_after;
  to.bytes_before += from.bytes_before;
  to.bytes_after += from.bytes_after;
}

/// Blocks that do the same make one row.
std::vector<SiteDiff> grouped(const std::vector<Match>& matches) {
  using Key = std::tuple<SiteChange, std::string, std::string, std::string, std::string, Category, Phase, std::string,
                         std::vector<std::int64_t>, std::string, std::vector<std::int64_t>>;
  std::map<Key, SiteDiff> rows;
  for (const Match& match : matches) {
    SiteDiff row = row_of(match);
    const Key key{row.change,
                  row.op,
                  row.op_before,
                  without_numbers(row.module),
                  without_numbers(row.name),
                  row.category,
                  row.phase,
                  row.dtype,
                  row.sizes,
                  row.dtype_before,
                  row.sizes_before};
    const auto [found, added] = rows.try_emplace(key, row);
    if (!added) add(found->second, row);
  }
  std::vector<SiteDiff> ordered;
  for (auto& [key, row] : rows) ordered.push_back(std::move(row));
  std::ranges::stable_sort(ordered, [](const SiteDiff& a, const SiteDiff& b) {
    const Bytes change_a = std::abs(a.bytes_changed());
    const Bytes change_b = std::abs(b.bytes_changed());
    return change_a != change_b ? change_a > change_b : a.bytes_after > b.bytes_after;
  });
  return ordered;
}

}  // namespace

std::string_view to_string(SiteChange change) {
  switch (change) {
    case SiteChange::same: return "same";
    case SiteChange::grown: return "grown";
    case SiteChange::shrunk: return "shrunk";
    case SiteChange::appeared: return "new";
    case SiteChange::gone: return "gone";
  }
  return "";
}

std::vector<SiteDiff> match_sites(const std::vector<LiveAllocation>& before, const std::vector<LiveAllocation>& after) {
  std::vector<const LiveAllocation*> left_before = in_order_of_birth(before);
  std::vector<const LiveAllocation*> left_after = in_order_of_birth(after);
  std::vector<Match> matches;
  match(left_before, left_after, typed_place_of, matches);
  match(left_before, left_after, place_and_dimensions_of, matches);
  match(left_before, left_after, type_in_module, matches);
  for (const LiveAllocation* one : left_before) matches.push_back({one, nullptr});
  for (const LiveAllocation* one : left_after) matches.push_back({nullptr, one});
  return grouped(matches);
}

}  // namespace profile_train
