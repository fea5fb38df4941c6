#pragma once

#include "simulator/entry_point.h"
#include "simulator/streams.h"

// Entry points that do nothing but launch, by the dozen. They are defined without the library's prototypes: in the
// System V ABI the first argument is in the same register whatever follows it, and who does not look at the others need
// not declare them. A file that uses these macros must not include the library's header, and defines
//
//     int launch(profile_train::simulator::Handle handle);   // the library's status

// NOLINTBEGIN(bugprone-macro-parentheses): names are pasted, not computed with

/// One entry point.
#define SIMULATED_LAUNCH(name) \
  SIMULATED int name(profile_train::simulator::Handle handle) { return launch(handle); }

/// One entry point, and the same with 64-bit sizes.
#define SIMULATED_LAUNCH_64(name) SIMULATED_LAUNCH(name) SIMULATED_LAUNCH(name##_64)

/// FOR_SDCZ(DEFINE, cublas, gemm) is DEFINE(cublasSgemm) and so on, for float, double and their complex numbers.
#define FOR_SD(DEFINE, library, routine) DEFINE(library##S##routine) DEFINE(library##D##routine)
#define FOR_CZ(DEFINE, library, routine) DEFINE(library##C##routine) DEFINE(library##Z##routine)
#define FOR_SDCZ(DEFINE, library, routine) FOR_SD(DEFINE, library, routine) FOR_CZ(DEFINE, library, routine)

// NOLINTEND(bugprone-macro-parentheses)
