#pragma once

#include "profiler/trace.h"

namespace profile_train::test {

/// Two steps on a card with what a caching allocator does: segments, one that grows by parts, releases that wait for a
/// stream, a pool of a CUDA graph, a request that failed, a release whose allocation is unknown, an allocation whose
/// release was lost, and names that the formats must escape.
Trace card_trace();

/// The same in the form of a trace that was imported: nobody told what is what.
Trace inferred_trace();

/// A card whose allocator the replay follows to the end: what was asked for is less than what its blocks have.
Trace replayed_trace();

/// `rounds` times the same few allocations and releases, in one step: long, but never more live than at the start.
Trace long_trace(int rounds);

}  // namespace profile_train::test
