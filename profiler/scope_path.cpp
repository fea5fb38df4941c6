#include "profiler/scope_path.h"

namespace profile_train {

ScopePaths::ScopePaths(const Trace& trace)
    : names_(trace.names), paths_(trace.scopes.size()), inner_ops_(trace.scopes.size()) {
  for (std::size_t id = 1; id < trace.scopes.size(); ++id) {
    const Scope& scope = trace.scopes[id];
    ScopePath path = scope.parent < id ? paths_[scope.parent] : ScopePath{};
    if (scope.kind == ScopeKind::module) path.module = scope.name;
    const bool is_op = scope.kind == ScopeKind::op || scope.kind == ScopeKind::backward;
    if (is_op && path.op == 0) path.op = scope.name;
    paths_[id] = path;
    const NameId inner = scope.parent < id ? inner_ops_[scope.parent] : 0;
    inner_ops_[id] = scope.kind == ScopeKind::module ? 0 : inner == 0 && is_op ? scope.name : inner;
  }
}

}  // namespace profile_train
