#pragma once

#include "profiler/summary.h"

namespace profile_train::reports::testing {

/// GPT-2 small on the CPU, three steps: what a good run looks like. Written by hand; the sizes of weights, gradients
/// and states are those of 124,439,808 fp32 numbers, and the categories sum to the peak.
Summary example_summary();

/// The same run when everything went wrong that can: a cut trace, dropped events, a leak, unknown bytes, nothing timed,
/// no setup to compare with.
Summary troubled_summary();

/// A summary of random contents, names of any length and script among them, sizes up to 2^45 bytes. Its categories sum
/// to its peak, as those of every trace do.
Summary random_summary(unsigned seed);

}  // namespace profile_train::reports::testing
