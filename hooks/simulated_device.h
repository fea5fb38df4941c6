#pragma once

#include <cstdint>

#include "profiler/trace.h"

namespace profile_train::hooks {

/// Notes in the footer what a simulated device could not give this process. Does nothing on a real one, or without any.
void note_simulated_device(TraceFooter& footer);

}  // namespace profile_train::hooks
