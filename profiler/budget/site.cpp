#include "profiler/budget/site.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace profile_train {
namespace {

using Key = std::tuple<std::string, std::string, Category, std::string, std::vector<std::int64_t>, std::string, Phase>;

/// Allocations without a type are one make only if they are of one size.
Key key_of(const LiveAllocation& live) {
  const std::vector<std::int64_t> sizes = live.dtype.empty() ? std::vector<std::int64_t>{live.bytes} : live.sizes;
  return {live.op, without_numbers(live.module), live.category, live.dtype,
          sizes,   without_numbers(live.name),   live.phase};
}

struct Group {
  Site site;
  std::size_t position = 0;  ///< of the first among the live ones, which come largest and oldest first
  bool several_modules = false;
  bool several_names = false;
  std::string module;  ///< of the first, with its numbers
  std::string name;
};

void add(std::map<Key, Group>& groups, const LiveAllocation& live, std::size_t position) {
  Group& group = groups[key_of(live)];
  if (group.site.count == 0) {
    group.position = position;
    group.module = live.module;
    group.name = live.name;
  }
  group.several_modules = group.several_modules || group.module != live.module;
  group.several_names = group.several_names || group.name != live.name;
  ++group.site.count;
  group.site.bytes += live.bytes;
}

std::map<Key, Group> grouped_by_make(const std::vector<LiveAllocation>& live) {
  std::map<Key, Group> groups;
  for (std::size_t i = 0; i < live.size(); ++i) add(groups, live[i], i);
  return groups;
}

/// Groups in the order of their first allocations: of sites of one size the oldest comes first, which is the one that
/// somebody may have forgotten.
std::vector<std::pair<Key, Group>> in_order(std::map<Key, Group> groups) {
  std::vector<std::pair<Key, Group>> ordered(groups.begin(), groups.end());
  std::ranges::sort(ordered, {}, [](const auto& entry) { return entry.second.position; });
  return ordered;
}

Site told(const Key& key, const Group& group) {
  const auto& [op, module, category, dtype, sizes, name, phase] = key;
  Site site = group.site;
  site.op = op;
  site.module = group.several_modules ? module : group.module;
  site.category = category;
  site.dtype = dtype;
  if (!dtype.empty()) site.sizes = sizes;
  site.name = group.several_names ? name : group.name;
  site.phase = phase;
  return site;
}

Bytes growth(const Site& site) { return site.bytes - site.baseline_bytes.value_or(0); }

}  // namespace

std::string without_numbers(std::string_view path) {
  std::string told;
  while (true) {
    const std::size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    told += number ? "*" : part;
    if (dot == std::string_view::npos) return told;
    told += '.';
    path.remove_prefix(dot + 1);
  }
}

std::vector<Site> as_sites(const std::vector<LiveAllocation>& live) {
  std::vector<Site> sites;
  for (const auto& [key, group] : in_order(grouped_by_make(live))) sites.push_back(told(key, group));
  std::ranges::stable_sort(sites, [](const Site& a, const Site& b) { return a.bytes > b.bytes; });
  return sites;
}

std::vector<Site> as_sites(const std::vector<LiveAllocation>& live, const std::vector<LiveAllocation>& baseline) {
  const std::map<Key, Group> before = grouped_by_make(baseline);
  std::vector<Site> sites;
  for (const auto& [key, group] : in_order(grouped_by_make(live))) {
    Site site = told(key, group);
    const auto same = before.find(key);
    site.baseline_bytes = same == before.end() ? 0 : same->second.site.bytes;
    sites.push_back(std::move(site));
  }
  std::ranges::stable_sort(sites, [](const Site& a, const Site& b) {
    const Bytes grown_a = std::max<Bytes>(growth(a), 0);
    const Bytes grown_b = std::max<Bytes>(growth(b), 0);
    return grown_a != grown_b ? grown_a > grown_b : a.bytes > b.bytes;
  });
  return sites;
}

}  // namespace profile_train
