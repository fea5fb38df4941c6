#pragma once

#include "profiler/event.h"

namespace profile_train::hooks {

/// Memory of this process that is in RAM, now and at its highest, as the kernel counts it. 0 if it does not say.
struct ResidentSet {
  Bytes now_bytes = 0;
  Bytes peak_bytes = 0;
};
ResidentSet resident_set();

}  // namespace profile_train::hooks
