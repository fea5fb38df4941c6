#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "profiler/import/frame_evidence.h"
#include "profiler/trace.h"

namespace profile_train::import {

/// Turns stacks of a snapshot into scopes of a trace, and says what they tell of the phase; each stack once.
class StackScopes {
 public:
  StackScopes(const Snapshot& snapshot, Trace& trace)
      : snapshot_(snapshot), trace_(trace), scopes_(snapshot.stacks.size()), evidence_(snapshot.stacks.size()) {}

  ScopeId scope(StackId stack);
  const StackEvidence& evidence(StackId stack);
  NameId name(const std::string& text);

 private:
  ScopeId child(ScopeId parent, const ScopeFrame& frame);

  const Snapshot& snapshot_;
  Trace& trace_;
  std::vector<std::optional<ScopeId>> scopes_;
  std::vector<std::optional<StackEvidence>> evidence_;
  std::unordered_map<std::string, NameId> names_;
  std::map<std::tuple<ScopeId, NameId, ScopeKind>, ScopeId> children_;
};

}  // namespace profile_train::import
