#include "profiler/module_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "profiler/changes.h"
#include "profiler/scope_path.h"

namespace profile_train {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
/// What the groups that are kept must cover together for a division to be worth it.
constexpr double kCovered = 0.9;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "transformer.h.11.attn" → {"transformer", "h.*", "attn"}.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string_view part = path.substr(0, dot);
    if (!is_number(part))
      parts.emplace_back(part);
    else if (parts.empty())
      parts.emplace_back("*");
    else
      parts.back() += ".*";
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return parts;
}

/// A module, numbered blocks taken together. Weight: its share of the run, see Shares.
struct Node {
  std::string path;
  double own_weight = 0;
  double weight = 0;  ///< with everything below
  std::map<std::string, std::size_t> children;
};

struct Group {
  std::size_t node = 0;
  bool with_children = true;
};

class Tree {
 public:
  /// The node of a path; nodes are numbered in the order in which they are first asked for.
  std::size_t at(std::string_view path) {
    std::size_t node = 0;
    for (const std::string& part : parts_of(path)) {
      const auto found = nodes_[node].children.find(part);
      if (found != nodes_[node].children.end()) {
        node = found->second;
        continue;
      }
      const std::string& above = nodes_[node].path;
      nodes_.push_back({.path = above.empty() ? part : fmt::format("{}.{}", above, part), .children = {}});
      parents_.push_back(node);
      nodes_[node].children.emplace(part, nodes_.size() - 1);
      node = nodes_.size() - 1;
    }
    return node;
  }
  void add(std::size_t node, double weight) { nodes_[node].own_weight += weight; }

  /// The groups that are kept, by node: see ModuleGroups.
  std::vector<Group> groups(std::size_t most) {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      nodes_[i].weight += nodes_[i].own_weight;
      if (i > 0) nodes_[parents_[i]].weight += nodes_[i].weight;
    }
    std::vector<Group> groups = divided(0);
    while (!groups.empty()) {
      sort_by_weight(groups);
      const Group largest = groups.front();
      if (weight_of(largest) <= nodes_[0].weight / 2 || !largest.with_children || is_leaf(largest)) break;
      std::vector<Group> finer(groups.begin() + 1, groups.end());
      for (const Group& part : divided(largest.node)) finer.push_back(part);
      sort_by_weight(finer);
      if (covered(finer, most) < kCovered * covered(groups, most)) break;
      groups = std::move(finer);
    }
    groups.resize(std::min(groups.size(), most));
    std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.node < b.node; });
    return groups;
  }
  std::string label(const Group& group) const {
    const Node& node = nodes_[group.node];
    return group.with_children || node.children.empty() ? node.path : node.path + " itself";
  }
  /// The group that a node is in, or kNone.
  std::size_t group_of(std::size_t node, const std::vector<Group>& groups) const {
    for (std::size_t above = node; above != 0; above = parents_[above])
      for (std::size_t g = 0; g < groups.size(); ++g)
        if (groups[g].node == above && (groups[g].with_children || above == node)) return g;
    return kNone;
  }

 private:
  bool is_leaf(const Group& group) const { return nodes_[group.node].children.empty(); }
  double weight_of(const Group& group) const {
    return group.with_children ? nodes_[group.node].weight : nodes_[group.node].own_weight;
  }
  std::vector<Group> divided(std::size_t node) const {
    std::vector<Group> parts;
    if (node != 0 && nodes_[node].own_weight > 0) parts.push_back({node, false});
    for (const auto& [name, child] : nodes_[node].children) parts.push_back({child, true});
    return parts;
  }
  void sort_by_weight(std::vector<Group>& groups) const {
    std::sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
      return std::pair(-weight_of(a), a.node) < std::pair(-weight_of(b), b.node);
    });
  }
  double covered(const std::vector<Group>& sorted, std::size_t most) const {
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(sorted.size(), most));
    return std::accumulate(sorted.begin(), end, 0.0,
                           [&](double sum, const Group& group) { return sum + weight_of(group); });
  }

  std::vector<Node> nodes_{Node{}};
  std::vector<std::size_t> parents_{0};
};

std::string_view without_last_part(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

/// How much of the picture an allocation is: of all bytes times the events for which they were alive, and of the peak,
/// so that a spike counts although it is short. All together are 2.
class Shares {
 public:
  explicit Shares(const Analysis& analysis)
      : peak_(analysis.summary.peak), end_(static_cast<double>(analysis.trace.events.size())) {
    for (const Allocation& a : analysis.allocations)
      if (is_on(a, analysis.summary.devices.front())) run_ += bytes_times_events(a);
  }
  double of(const Allocation& a) const {
    const double at_peak = a.alive_at(peak_.event) ? static_cast<double>(a.bytes) : 0;
    return bytes_times_events(a) / std::max(1.0, run_) +
           at_peak / std::max(1.0, static_cast<double>(peak_.requested_bytes));
  }

 private:
  double bytes_times_events(const Allocation& a) const {
    return static_cast<double>(a.bytes) * (std::min<double>(a.died, end_) - a.born);
  }

  const PeakInstant& peak_;
  double end_;
  double run_ = 0;
};

/// Which module a tensor of the model belongs to, by its name.
class Owners {
 public:
  explicit Owners(const Analysis& analysis) {
    for (const Allocation& a : analysis.allocations)
      if (a.role == Role::parameter && a.name < analysis.trace.names.size())
        parameters_.insert(analysis.trace.names[a.name]);
  }
  /// "transformer.wte" of "transformer.wte.weight", and of the "transformer.wte.weight.grad" of that parameter.
  std::string_view of(std::string_view tensor) const {
    const std::string_view owner = without_last_part(tensor);
    return parameters_.contains(owner) ? without_last_part(owner) : owner;
  }

 private:
  std::set<std::string_view> parameters_;
};

}  // namespace

ModuleGroups::ModuleGroups(const Analysis& analysis, std::size_t most) {
  const Trace& trace = analysis.trace;
  const ScopePaths paths(trace);
  const Owners owners(analysis);
  const Shares shares(analysis);
  Tree tree;
  std::vector<std::size_t> node_of_scope(trace.scopes.size(), kNone);
  std::vector<std::size_t> node_of_name(trace.names.size(), kNone);
  for (const Allocation& a : analysis.allocations) {
    if (!is_on(a, analysis.summary.devices.front())) continue;
    const std::string& module = paths.module(a.scope);
    const bool named = module.empty() && a.name != 0 && a.name < trace.names.size();
    if (module.empty() && !named) continue;
    std::size_t& node = named ? node_of_name[a.name] : node_of_scope[a.scope];
    if (node == kNone) node = tree.at(named ? owners.of(trace.names[a.name]) : std::string_view(module));
    if (node != 0) tree.add(node, shares.of(a));
  }

  const std::vector<Group> groups = tree.groups(most);
  for (const Group& group : groups) labels_.push_back(tree.label(group));
  labels_.emplace_back("other modules");
  labels_.emplace_back("no module");
  const auto group_of = [&](std::size_t node) {
    if (node == kNone) return kNone;
    const std::size_t group = tree.group_of(node, groups);
    return node == 0 ? groups.size() + 1 : group == kNone ? groups.size() : group;
  };
  for (const std::size_t node : node_of_scope) by_scope_.push_back(group_of(node));
  for (const std::size_t node : node_of_name) by_name_.push_back(group_of(node));
}

std::size_t ModuleGroups::of(const Allocation& a) const {
  const std::size_t by_scope = a.scope < by_scope_.size() ? by_scope_[a.scope] : kNone;
  if (by_scope != kNone) return by_scope;
  const std::size_t by_name = a.name < by_name_.size() ? by_name_[a.name] : kNone;
  return by_name != kNone ? by_name : labels_.size() - 1;
}

}  // namespace profile_train
