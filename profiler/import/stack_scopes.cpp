#include "profiler/import/stack_scopes.h"

#include <algorithm>

namespace profile_train::import {

ScopeId StackScopes::scope(StackId stack) {
  std::optional<ScopeId>& known = scopes_[stack];
  if (known) return *known;
  ScopeId scope = 0;
  bool has_operator = false;
  ScopeFrame last;
  const std::vector<std::uint32_t>& frames = snapshot_.stacks[stack];
  for (auto position = frames.rbegin(); position != frames.rend(); ++position) {  // from the outside in
    const auto frame = scope_frame_of(snapshot_.frames[*position]);
    // An operator is called and dispatched again, by the same name.
    if (!frame || (frame->kind == last.kind && frame->name == last.name && frame->kind == ScopeKind::op)) continue;
    has_operator = has_operator || frame->kind != ScopeKind::module;
    scope = child(scope, *frame);
    last = *frame;
  }
  for (auto position = frames.begin(); position != frames.end() && !has_operator; ++position) {
    if (const auto line = python_operator_of(snapshot_.frames[*position])) {
      scope = child(scope, *line);
      has_operator = true;
    }
  }
  known = scope;
  return scope;
}

const StackEvidence& StackScopes::evidence(StackId stack) {
  std::optional<StackEvidence>& known = evidence_[stack];
  if (!known) known = evidence_of(snapshot_, stack);
  return *known;
}

NameId StackScopes::name(const std::string& text) {
  constexpr std::size_t kLongest = 4'096;
  const auto [it, fresh] = names_.try_emplace(text.substr(0, kLongest), static_cast<NameId>(trace_.names.size()));
  if (fresh) trace_.names.push_back(it->first);
  return it->second;
}

ScopeId StackScopes::child(ScopeId parent, const ScopeFrame& frame) {
  const NameId id = name(frame.name);
  const auto [it, fresh] = children_.try_emplace({parent, id, frame.kind}, static_cast<ScopeId>(trace_.scopes.size()));
  if (fresh) trace_.scopes.push_back({.parent = parent, .name = id, .kind = frame.kind});
  return it->second;
}

}  // namespace profile_train::import
