#include "reports/exports/stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "profiler/changes.h"
#include "profiler/version.h"

namespace profile_train::reports {

std::vector<PeakStack> stacks_at_peak(const Analysis& analysis) {
  std::vector<PeakStack> stacks;
  if (analysis.summary.devices.empty()) return stacks;
  const EventIndex peak = analysis.summary.peak.event;
  std::map<std::tuple<ScopeId, NameId, Category>, PeakStack> by_stack;
  for (const Allocation& a : analysis.allocations) {
    if (a.born > peak) break;  // in the order of birth
    if (!a.alive_at(peak) || !is_on(a, analysis.summary.devices.front())) continue;
    PeakStack& stack = by_stack[{a.scope, a.name, a.category}];
    stack = {a.scope, a.name, a.category, stack.bytes + a.bytes, stack.allocations + 1};
  }
  for (const auto& [key, stack] : by_stack) stacks.push_back(stack);
  std::stable_sort(stacks.begin(), stacks.end(),
                   [](const PeakStack& a, const PeakStack& b) { return a.bytes > b.bytes; });
  return stacks;
}

std::vector<std::string> frames_of(const PeakStack& stack, const Trace& trace) {
  std::vector<std::string> frames;
  bool in_module = false;
  for (ScopeId id = stack.scope; id != 0; id = trace.scopes[id].parent) {
    frames.push_back(trace.names[trace.scopes[id].name]);
    in_module = in_module || trace.scopes[id].kind == ScopeKind::module;
  }
  const std::string& name = trace.names[stack.name];
  const std::size_t dot = name.rfind('.');
  if (!in_module && dot != std::string::npos) frames.push_back(name.substr(0, dot));
  std::reverse(frames.begin(), frames.end());
  if (!name.empty()) frames.push_back(name);
  return frames;
}

std::vector<std::string> remarks_on(const Summary& summary) {
  std::vector<std::string> remarks = {fmt::format("profile-train {}", kVersion)};
  if (!summary.header.command.empty()) remarks.push_back(summary.header.command);
  if (!summary.header.device.empty()) remarks.push_back(summary.header.device);
  remarks.insert(remarks.end(), summary.warnings.begin(), summary.warnings.end());
  return remarks;
}

std::string category_label(Category category, const Trace& trace) {
  return fmt::format("{}{}", label_of(category), trace.inferred.empty() ? "" : ", inferred");
}

}  // namespace profile_train::reports
