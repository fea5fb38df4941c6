#pragma once

#include "profiler/event.h"
#include "profiler/import/frame_evidence.h"

namespace profile_train::import {

/// Follows a history and says in which phase of training each event is.
///
/// A stack that says where it is decides. One that does not leaves the phase as it is, with two exceptions: an
/// allocation from the program's own lines ends phases that PyTorch runs (backward, the optimizer's), and one without
/// any frames, where others have them, is of the autograd engine's thread, which has no Python.
class PhaseInference {
 public:
  explicit PhaseInference(bool stacks_recorded) : stacks_recorded_(stacks_recorded) {}

  Phase next(bool allocation, bool empty_stack, const StackEvidence& evidence) {
    if (evidence.phase) return now_ = *evidence.phase;
    if (!allocation || !stacks_recorded_) return now_;
    if (empty_stack) return now_ = Phase::backward;
    if (evidence.python && now_ != Phase::forward && now_ != Phase::loss) now_ = Phase::other;
    return now_;
  }

 private:
  bool stacks_recorded_;
  Phase now_ = Phase::other;
};

}  // namespace profile_train::import
