#pragma once

#include "profiler/trace.h"

namespace profile_train {

struct SampleOptions {
  int steps = 11;
  bool damaged = false;  ///< with dropped events and a cut, as after kill -9 with a full ring
};

/// A made-up training run with the shapes of GPT-2 small (B 1, S 256): every phase, every category, more than ten
/// thousand allocations, a tensor that was there before the session and a leak. The same on every machine.
Trace sample_trace(const SampleOptions& options);

}  // namespace profile_train
