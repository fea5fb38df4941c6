// cuSPARSE: handles and the matrix descriptors of the older functions. cusparse_descriptors.cpp has those of the
// generic ones, cusparse_routines.cpp what runs on the device.
#include <cusparse.h>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcusparse.so";

// Numbers of our own: cuSPARSE has a function for each setting. cusparse_routines.cpp reads the first.
enum Setting : int { kPointerMode, kMatrixType, kFillMode, kDiagonalType, kIndexBase };

cusparseStatus_t done_if(bool done) { return done ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_INITIALIZED; }

template <class T>
cusparseStatus_t put(cusparseMatDescr_t matrix, Setting setting, T value) {
  const bool done = library_objects().with(handle_of(matrix), ObjectKind::cusparse_legacy_matrix,
                                           [&](LibraryObject& object) { object.set(setting, value); });
  return done ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE;
}

/// These functions have no status: what the library would do with a matrix that is none, it does not say.
template <class T>
T taken(cusparseMatDescr* matrix, Setting setting) {
  T value{};
  library_objects().with(handle_of(matrix), ObjectKind::cusparse_legacy_matrix,
                         [&](const LibraryObject& object) { value = object.get(setting, T{}); });
  return value;
}

}  // namespace

SIMULATED cusparseStatus_t cusparseCreate(cusparseHandle_t* handle) {
  if (handle == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *handle = as_pointer<cusparseHandle_t>(library_objects().create({.kind = ObjectKind::cusparse}));
  simulation().coverage.not_included("what cuSPARSE allocates for itself with a handle", TakenBy::library);
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) {
  return done_if(library_objects().destroy(handle_of(handle), ObjectKind::cusparse));
}

SIMULATED cusparseStatus_t cusparseGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUSPARSE_STATUS_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUSPARSE_VER_MAJOR
                        : type == MINOR_VERSION ? CUSPARSE_VER_MINOR
                                                : CUSPARSE_VER_PATCH;
  return real_property<cusparseStatus_t>(kLibrary, "cusparseGetProperty", type, of_header, value);
}
SIMULATED cusparseStatus_t cusparseGetVersion(cusparseHandle_t handle, int* version) {
  if (!library_objects().contains(handle_of(handle), ObjectKind::cusparse)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (version == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  int major = 0, minor = 0, patch = 0;
  cusparseGetProperty(MAJOR_VERSION, &major);
  cusparseGetProperty(MINOR_VERSION, &minor);
  cusparseGetProperty(PATCH_LEVEL, &patch);
  *version = major * 1000 + minor * 100 + patch;
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED const char* cusparseGetErrorName(cusparseStatus_t status) {
  return real_text(kLibrary, "cusparseGetErrorName", status);
}
SIMULATED const char* cusparseGetErrorString(cusparseStatus_t status) {
  return real_text(kLibrary, "cusparseGetErrorString", status);
}

SIMULATED cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t stream) {
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusparse,
                                        [&](LibraryObject& object) { object.stream = handle_of(stream); }));
}
SIMULATED cusparseStatus_t cusparseGetStream(cusparseHandle_t handle, cudaStream_t* stream) {
  if (stream == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusparse, [&](const LibraryObject& object) {
    *stream = as_pointer<cudaStream_t>(object.stream);
  }));
}
SIMULATED cusparseStatus_t cusparseSetPointerMode(cusparseHandle_t handle, cusparsePointerMode_t mode) {
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusparse,
                                        [&](LibraryObject& object) { object.set(kPointerMode, mode); }));
}
SIMULATED cusparseStatus_t cusparseGetPointerMode(cusparseHandle_t handle, cusparsePointerMode_t* mode) {
  if (mode == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusparse, [&](const LibraryObject& object) {
    *mode = object.get(kPointerMode, CUSPARSE_POINTER_MODE_HOST);
  }));
}

// ---- matrices of the older functions

SIMULATED cusparseStatus_t cusparseCreateMatDescr(cusparseMatDescr_t* matrix) {
  if (matrix == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *matrix = as_pointer<cusparseMatDescr_t>(library_objects().create({.kind = ObjectKind::cusparse_legacy_matrix}));
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED cusparseStatus_t cusparseDestroyMatDescr(cusparseMatDescr_t matrix) {
  return done_if(library_objects().destroy(handle_of(matrix), ObjectKind::cusparse_legacy_matrix));
}

SIMULATED cusparseStatus_t cusparseSetMatType(cusparseMatDescr_t matrix, cusparseMatrixType_t type) {
  return put(matrix, kMatrixType, type);
}
SIMULATED cusparseMatrixType_t cusparseGetMatType(const cusparseMatDescr_t matrix) {
  return taken<cusparseMatrixType_t>(matrix, kMatrixType);
}
SIMULATED cusparseStatus_t cusparseSetMatFillMode(cusparseMatDescr_t matrix, cusparseFillMode_t mode) {
  return put(matrix, kFillMode, mode);
}
SIMULATED cusparseFillMode_t cusparseGetMatFillMode(const cusparseMatDescr_t matrix) {
  return taken<cusparseFillMode_t>(matrix, kFillMode);
}
SIMULATED cusparseStatus_t cusparseSetMatDiagType(cusparseMatDescr_t matrix, cusparseDiagType_t type) {
  return put(matrix, kDiagonalType, type);
}
SIMULATED cusparseDiagType_t cusparseGetMatDiagType(const cusparseMatDescr_t matrix) {
  return taken<cusparseDiagType_t>(matrix, kDiagonalType);
}
SIMULATED cusparseStatus_t cusparseSetMatIndexBase(cusparseMatDescr_t matrix, cusparseIndexBase_t base) {
  return put(matrix, kIndexBase, base);
}
SIMULATED cusparseIndexBase_t cusparseGetMatIndexBase(const cusparseMatDescr_t matrix) {
  return taken<cusparseIndexBase_t>(matrix, kIndexBase);
}
