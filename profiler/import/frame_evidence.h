#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "profiler/event.h"
#include "profiler/import/snapshot.h"
#include "profiler/trace.h"

namespace profile_train::import {

/// What a stack says about the part of a training step that it is in.
struct StackEvidence {
  std::optional<Phase> phase;
  bool python = false;     ///< has frames of Python: not a thread of the autograd engine
  bool workspace = false;  ///< memory that a library was given to work in
  bool copies = false;     ///< inside .to(), .cuda() or a copy
};

/// Names by which PyTorch 2.x shows where it is. They are its internals: a release that renames them makes phases and
/// categories unknown, not wrong.
StackEvidence evidence_of(const Snapshot& snapshot, StackId stack);

/// A frame of a scope: Python code as a module, by file, line and function, and operators and backward nodes of
/// LibTorch. None: it tells nothing, such as the interpreter's own frames.
struct ScopeFrame {
  ScopeKind kind = ScopeKind::root;
  std::string name;
};
std::optional<ScopeFrame> scope_frame_of(const SnapshotFrame& frame);

/// A line of PyTorch's own Python, in the place of an operator where stacks have no C++ frames.
std::optional<ScopeFrame> python_operator_of(const SnapshotFrame& frame);

}  // namespace profile_train::import
