// cuSPARSE: what runs on the device, and the sizes of its workspaces. No header of cuSPARSE here: see
// launch_entry_points.h.
#include "simulator/launch_entry_points.h"
#include "simulator/library_calls.h"

using namespace profile_train::simulator;

namespace {

constexpr int kSuccess = 0;         // CUSPARSE_STATUS_SUCCESS
constexpr int kNotInitialized = 1;  // CUSPARSE_STATUS_NOT_INITIALIZED
constexpr int kInvalidValue = 3;    // CUSPARSE_STATUS_INVALID_VALUE
constexpr int kPointerMode = 0;     // the setting's number in cusparse.cpp

using Word = std::uintptr_t;  // an argument that nobody looks at

int launch(Handle handle) { return launch_on_handle(handle, ObjectKind::cusparse) ? kSuccess : kNotInitialized; }

/// No workspace: kernels do not run, so none is too small for them.
template <class Size>
int workspace(const char* query, Handle handle, Size* size) {
  if (!library_objects().contains(handle, ObjectKind::cusparse)) return kNotInitialized;
  if (size == nullptr) return kInvalidValue;
  *size = 0;
  const std::string_view call = query;
  workspace_not_included(call.substr(0, call.rfind("_bufferSize")));
  return kSuccess;
}

/// A number that goes to the host, if the pointer mode of the handle says so.
int count(const char* call, ReadKind kind, Handle handle, int answer, int* to) {
  int mode = 0;  // CUSPARSE_POINTER_MODE_HOST
  library_objects().with(handle, ObjectKind::cusparse,
                         [&](const LibraryObject& object) { mode = object.get(kPointerMode, 0); });
  if (mode == 0 && to != nullptr) give_answer(kind, call, answer, to);
  return launch(handle);
}

}  // namespace

// A query has the size as its last argument; before it are the handle and so many others.
#define QUERY(name, Size, ...) \
  SIMULATED int name(Handle h, __VA_ARGS__, Size* size) { return workspace(#name, h, size); }

#define QUERY_10(name) QUERY(name, std::size_t, Word, Word, Word, Word, Word, Word, Word, Word)
#define QUERY_11(name) QUERY(name, std::size_t, Word, Word, Word, Word, Word, Word, Word, Word, Word)
#define QUERY_7(name) QUERY(name, std::size_t, Word, Word, Word, Word, Word)

// ---- the generic functions
SIMULATED_LAUNCH(cusparseSpMV)
SIMULATED_LAUNCH(cusparseSpMV_preprocess)
QUERY_10(cusparseSpMV_bufferSize)
SIMULATED_LAUNCH(cusparseSpSV_analysis)
SIMULATED_LAUNCH(cusparseSpSV_solve)
SIMULATED_LAUNCH(cusparseSpSV_updateMatrix)
QUERY_10(cusparseSpSV_bufferSize)
SIMULATED_LAUNCH(cusparseSpSM_analysis)
SIMULATED_LAUNCH(cusparseSpSM_solve)
SIMULATED_LAUNCH(cusparseSpSM_updateMatrix)
QUERY_11(cusparseSpSM_bufferSize)
SIMULATED_LAUNCH(cusparseSpMM)
SIMULATED_LAUNCH(cusparseSpMM_preprocess)
QUERY_11(cusparseSpMM_bufferSize)
SIMULATED_LAUNCH(cusparseSDDMM)
SIMULATED_LAUNCH(cusparseSDDMM_preprocess)
QUERY_11(cusparseSDDMM_bufferSize)
SIMULATED_LAUNCH(cusparseAxpby)
SIMULATED_LAUNCH(cusparseGather)
SIMULATED_LAUNCH(cusparseScatter)
SIMULATED_LAUNCH(cusparseRot)
SIMULATED_LAUNCH(cusparseSparseToDense)
QUERY(cusparseSparseToDense_bufferSize, std::size_t, Word, Word, Word)

// ---- conversions and orders
SIMULATED_LAUNCH(cusparseXcoo2csr)
SIMULATED_LAUNCH(cusparseXcsr2coo)
SIMULATED_LAUNCH(cusparseXcoosortByRow)
SIMULATED_LAUNCH(cusparseXcoosortByColumn)
QUERY_7(cusparseXcoosort_bufferSizeExt)
SIMULATED_LAUNCH(cusparseXcsrsort)
QUERY_7(cusparseXcsrsort_bufferSizeExt)
SIMULATED_LAUNCH(cusparseXcscsort)
QUERY_7(cusparseXcscsort_bufferSizeExt)
SIMULATED_LAUNCH(cusparseCreateIdentityPermutation)
SIMULATED_LAUNCH(cusparseCsr2cscEx2)

// ---- blocks
#define QUERY_BSRSV2(routine) \
  QUERY(routine##_bufferSize, int, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)
#define QUERY_BSRSM2(routine) \
  QUERY(routine##_bufferSize, int, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word)

FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrmv)
FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrmm)
FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrsv2_analysis)
FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrsv2_solve)
FOR_SDCZ(QUERY_BSRSV2, cusparse, bsrsv2)
FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrsm2_analysis)
FOR_SDCZ(SIMULATED_LAUNCH, cusparse, bsrsm2_solve)
FOR_SDCZ(QUERY_BSRSM2, cusparse, bsrsm2)

// What these solvers keep between their calls.
#define KEEPS(name)                                                                                    \
  SIMULATED int cusparseCreate##name(Handle* kept) {                                                   \
    if (kept == nullptr) return kInvalidValue;                                                         \
    *kept = library_objects().create({.kind = ObjectKind::cusparse_algorithm});                        \
    return kSuccess;                                                                                   \
  }                                                                                                    \
  SIMULATED int cusparseDestroy##name(Handle kept) {                                                   \
    return library_objects().destroy(kept, ObjectKind::cusparse_algorithm) ? kSuccess : kInvalidValue; \
  }
KEEPS(Bsrsv2Info)
KEEPS(Bsrsm2Info)

// -1: there is no zero on the diagonal.
SIMULATED int cusparseXbsrsv2_zeroPivot(Handle h, Word, int* position) {
  return count("cusparseXbsrsv2_zeroPivot", ReadKind::scalar, h, -1, position);
}
SIMULATED int cusparseXbsrsm2_zeroPivot(Handle h, Word, int* position) {
  return count("cusparseXbsrsm2_zeroPivot", ReadKind::scalar, h, -1, position);
}

// ---- sums
#define QUERY_CSRGEAM2(routine)                                                                                       \
  QUERY(routine##_bufferSizeExt, std::size_t, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, \
        Word, Word, Word, Word, Word, Word)

FOR_SDCZ(SIMULATED_LAUNCH, cusparse, csrgeam2)
FOR_SDCZ(QUERY_CSRGEAM2, cusparse, csrgeam2)

// How many places two matrices have together, only the places tell: at most as many as both have.
SIMULATED int cusparseXcsrgeam2Nnz(Handle h, Word, Word, Word, int nnz_a, Word, Word, Word, int nnz_b, Word, Word, Word,
                                   Word, int* nnz, Word) {
  return count("cusparseXcsrgeam2Nnz", ReadKind::shape, h, nnz_a + nnz_b, nnz);
}
