#pragma once

#include <string>

#include "profiler/result.h"
#include "profiler/trace.h"

namespace profile_train {

/// Reads a recording of any kind that is known: a trace of this project, or PyTorch's snapshot.pickle. The content
/// decides which it is, not the name.
Result<Trace> read_recording(const std::string& path);

}  // namespace profile_train
