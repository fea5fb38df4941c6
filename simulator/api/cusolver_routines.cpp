// cuSOLVER: dense factorizations and solvers, and the sizes of their workspaces. Their info goes to device memory. No
// header of cuSOLVER here: see launch_entry_points.h. Families whose results go to the host are not here.
#include <algorithm>

#include "simulator/launch_entry_points.h"
#include "simulator/library_calls.h"

using namespace profile_train::simulator;

namespace {

constexpr int kSuccess = 0;         // CUSOLVER_STATUS_SUCCESS
constexpr int kNotInitialized = 1;  // CUSOLVER_STATUS_NOT_INITIALIZED
constexpr int kInvalidValue = 3;    // CUSOLVER_STATUS_INVALID_VALUE

using Word = std::uintptr_t;  // an argument that nobody looks at

int launch(Handle handle) { return launch_on_handle(handle, ObjectKind::cusolver) ? kSuccess : kNotInitialized; }

/// No workspace: kernels do not run, so none is too small for them.
template <class... Sizes>
int workspace(const char* query, Handle handle, Sizes*... sizes) {
  if (!library_objects().contains(handle, ObjectKind::cusolver)) return kNotInitialized;
  if (((sizes == nullptr) || ...)) return kInvalidValue;
  ((*sizes = 0), ...);
  const std::string_view call = query;
  workspace_not_included(call.substr(0, call.rfind("_bufferSize")));
  return kSuccess;
}

int launch_with_residuals(const char* call, Handle handle, double* residuals, int count) {
  if (residuals != nullptr && count > 0) {
    std::fill_n(residuals, count, 0.0);
    record_answer(ReadKind::scalar, call, "0", static_cast<std::size_t>(count) * sizeof *residuals);
  }
  return launch(handle);
}

}  // namespace

// A routine and the query for its workspace, in elements: the number is how many arguments the query has before it.
#define NEEDS_INT(routine, ...)                                              \
  SIMULATED_LAUNCH(routine)                                                  \
  SIMULATED int routine##_bufferSize(Handle h, __VA_ARGS__, int* elements) { \
    return workspace(#routine "_bufferSize", h, elements);                   \
  }
#define NEEDS_AFTER_3(routine) NEEDS_INT(routine, Word, Word)
#define NEEDS_AFTER_4(routine) NEEDS_INT(routine, Word, Word, Word)
#define NEEDS_AFTER_5(routine) NEEDS_INT(routine, Word, Word, Word, Word)
#define NEEDS_AFTER_6(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word)
#define NEEDS_AFTER_7(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word, Word)
#define NEEDS_AFTER_8(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word, Word, Word)
#define NEEDS_AFTER_10(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word, Word, Word, Word, Word)
#define NEEDS_AFTER_11(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
#define NEEDS_AFTER_12(routine) NEEDS_INT(routine, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)

FOR_SDCZ(NEEDS_AFTER_5, cusolverDn, potrf)
FOR_SDCZ(NEEDS_AFTER_5, cusolverDn, potri)
FOR_SDCZ(NEEDS_AFTER_5, cusolverDn, lauum)
FOR_SDCZ(NEEDS_AFTER_5, cusolverDn, getrf)
FOR_SDCZ(NEEDS_AFTER_5, cusolverDn, geqrf)
FOR_SDCZ(NEEDS_AFTER_4, cusolverDn, sytrf)
FOR_SDCZ(NEEDS_AFTER_6, cusolverDn, sytri)
FOR_SDCZ(NEEDS_AFTER_3, cusolverDn, gebrd)
FOR_SDCZ(NEEDS_AFTER_3, cusolverDn, gesvd)
FOR_SDCZ(NEEDS_AFTER_12, cusolverDn, gesvdj)
FOR_SDCZ(NEEDS_AFTER_11, cusolverDn, gesvdjBatched)
FOR_SD(NEEDS_AFTER_7, cusolverDn, orgqr)
FOR_CZ(NEEDS_AFTER_7, cusolverDn, ungqr)
FOR_SD(NEEDS_AFTER_11, cusolverDn, ormqr)
FOR_CZ(NEEDS_AFTER_11, cusolverDn, unmqr)
FOR_SD(NEEDS_AFTER_8, cusolverDn, orgbr)
FOR_CZ(NEEDS_AFTER_8, cusolverDn, ungbr)
FOR_SD(NEEDS_AFTER_8, cusolverDn, sytrd)
FOR_CZ(NEEDS_AFTER_8, cusolverDn, hetrd)
FOR_SD(NEEDS_AFTER_6, cusolverDn, orgtr)
FOR_CZ(NEEDS_AFTER_6, cusolverDn, ungtr)
FOR_SD(NEEDS_AFTER_11, cusolverDn, ormtr)
FOR_CZ(NEEDS_AFTER_11, cusolverDn, unmtr)
FOR_SD(NEEDS_AFTER_7, cusolverDn, syevd)
FOR_CZ(NEEDS_AFTER_7, cusolverDn, heevd)
FOR_SD(NEEDS_AFTER_7, cusolverDn, syevj)
FOR_CZ(NEEDS_AFTER_7, cusolverDn, heevj)
FOR_SD(NEEDS_AFTER_7, cusolverDn, syevjBatched)
FOR_CZ(NEEDS_AFTER_7, cusolverDn, heevjBatched)
FOR_SD(NEEDS_AFTER_10, cusolverDn, sygvd)
FOR_CZ(NEEDS_AFTER_10, cusolverDn, hegvd)
FOR_SD(NEEDS_AFTER_10, cusolverDn, sygvj)
FOR_CZ(NEEDS_AFTER_10, cusolverDn, hegvj)

// ---- without a workspace
FOR_SDCZ(SIMULATED_LAUNCH, cusolverDn, potrs)
FOR_SDCZ(SIMULATED_LAUNCH, cusolverDn, potrfBatched)
FOR_SDCZ(SIMULATED_LAUNCH, cusolverDn, potrsBatched)
FOR_SDCZ(SIMULATED_LAUNCH, cusolverDn, getrs)
FOR_SDCZ(SIMULATED_LAUNCH, cusolverDn, laswp)
SIMULATED_LAUNCH(cusolverDnXpotrs)
SIMULATED_LAUNCH(cusolverDnXgetrs)

// ---- of any type: bytes on the device, then bytes on the host
#define NEEDS_BYTES(routine, ...)                                                                     \
  SIMULATED_LAUNCH(routine)                                                                           \
  SIMULATED int routine##_bufferSize(Handle h, __VA_ARGS__, std::size_t* device, std::size_t* host) { \
    return workspace(#routine "_bufferSize", h, device, host);                                        \
  }

NEEDS_BYTES(cusolverDnXtrtri, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXpotrf, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXgetrf, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXgeqrf, Word, Word, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXsytrs, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXsyevd, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXsyevBatched, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXlarft, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
NEEDS_BYTES(cusolverDnXgeev, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word,
            Word)
NEEDS_BYTES(cusolverDnXgesvd, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word,
            Word, Word)
NEEDS_BYTES(cusolverDnXgesvdr, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word,
            Word, Word, Word, Word, Word)

// ---- the residuals go to the host, one for each matrix
#define GIVES_RESIDUALS(routine)                                                                                       \
  SIMULATED int routine(Handle h, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word,  \
                        Word, Word, Word, Word, double* residuals, int count) {                                        \
    return launch_with_residuals(#routine, h, residuals, count);                                                       \
  }                                                                                                                    \
  SIMULATED int routine##_bufferSize(Handle h, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, \
                                     Word, Word, Word, int* elements) {                                                \
    return workspace(#routine "_bufferSize", h, elements);                                                             \
  }

FOR_SDCZ(GIVES_RESIDUALS, cusolverDn, gesvdaStridedBatched)
