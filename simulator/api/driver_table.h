#pragma once

namespace profile_train::simulator {

/// The driver's function of this name, in the version that its header calls by it: "cuMemAlloc" gives cuMemAlloc_v2.
/// Null if there is none.
void* driver_function(const char* name);

}  // namespace profile_train::simulator
