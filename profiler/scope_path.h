#pragma once

#include <string>
#include <vector>

#include "profiler/trace.h"

namespace profile_train {

/// What a scope means, told by two names: the innermost module around it and its outermost operator or backward node.
struct ScopePath {
  NameId module = 0;
  NameId inner_op = 0;  ///< outermost operator inside the innermost module: of a forward pass that backward runs again
  NameId op = 0;
  friend bool operator==(const ScopePath&, const ScopePath&) = default;
};

/// Module and operator of every scope of a trace.
///
/// Made in one walk over the table, since a parent comes before its children; a look-up is one load. Refers to the
/// trace's names, so the trace must outlive it and stay where it is.
class ScopePaths {
 public:
  explicit ScopePaths(const Trace& trace);

  ScopePath operator[](ScopeId scope) const { return scope < paths_.size() ? paths_[scope] : ScopePath{}; }
  const std::string& module(ScopeId scope) const { return name((*this)[scope].module); }
  const std::string& op(ScopeId scope) const { return name((*this)[scope].op); }
  /// Outermost operator inside the innermost module: what ran in a forward pass that a backward node runs again.
  const std::string& inner_op(ScopeId scope) const { return name(scope < inner_ops_.size() ? inner_ops_[scope] : 0); }
  const std::string& name(NameId id) const { return names_[id < names_.size() ? id : 0]; }

 private:
  const std::vector<std::string>& names_;
  std::vector<ScopePath> paths_;
  std::vector<NameId> inner_ops_;
};

}  // namespace profile_train
