// cuSOLVER: handles and parameters. The routines are in cusolver_routines.cpp.
#include <cusolverDn.h>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcusolver.so";

// Numbers of our own: cuSOLVER has a function for each setting.
enum Setting : int { kDeterministic, kMathMode, kEmulationStrategy, kTolerance, kMaxSweeps, kSort };

// Options of a function are numbered behind the settings.
constexpr int kFirstOption = 100;

cusolverStatus_t done_if(bool done) { return done ? CUSOLVER_STATUS_SUCCESS : CUSOLVER_STATUS_NOT_INITIALIZED; }

template <class Pointer>
cusolverStatus_t create(Pointer** handle, ObjectKind kind) {
  if (handle == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  *handle = as_pointer<Pointer*>(library_objects().create({.kind = kind}));
  return CUSOLVER_STATUS_SUCCESS;
}

template <class Pointer, class T>
cusolverStatus_t put(Pointer* handle, ObjectKind kind, int setting, T value) {
  return done_if(
      library_objects().with(handle_of(handle), kind, [&](LibraryObject& object) { object.set(setting, value); }));
}

template <class Pointer, class T>
cusolverStatus_t take(Pointer* handle, ObjectKind kind, int setting, T* value, T unset) {
  if (value == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(handle), kind,
                                        [&](const LibraryObject& object) { *value = object.get(setting, unset); }));
}

/// What a solver that iterates says about its last run.
template <class T>
cusolverStatus_t outcome(const char* call, cusolverDnHandle_t handle, T* value) {
  if (!library_objects().contains(handle_of(handle), ObjectKind::cusolver)) return CUSOLVER_STATUS_NOT_INITIALIZED;
  if (value == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  give_answer(ReadKind::scalar, call, T{}, value);
  return CUSOLVER_STATUS_SUCCESS;
}

}  // namespace

SIMULATED cusolverStatus_t cusolverGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUSOLVER_STATUS_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUSOLVER_VER_MAJOR
                        : type == MINOR_VERSION ? CUSOLVER_VER_MINOR
                                                : CUSOLVER_VER_PATCH;
  return real_property<cusolverStatus_t>(kLibrary, "cusolverGetProperty", type, of_header, value);
}
SIMULATED cusolverStatus_t cusolverGetVersion(int* version) {
  if (version == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  int major = 0, minor = 0, patch = 0;
  cusolverGetProperty(MAJOR_VERSION, &major);
  cusolverGetProperty(MINOR_VERSION, &minor);
  cusolverGetProperty(PATCH_LEVEL, &patch);
  *version = major * 1000 + minor * 100 + patch;
  return CUSOLVER_STATUS_SUCCESS;
}

// ---- handles

SIMULATED cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
  const cusolverStatus_t status = create(handle, ObjectKind::cusolver);
  if (status == CUSOLVER_STATUS_SUCCESS) {
    simulation().coverage.not_included("what cuSOLVER allocates for itself with a handle", TakenBy::library);
  }
  return status;
}
SIMULATED cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
  return done_if(library_objects().destroy(handle_of(handle), ObjectKind::cusolver));
}

SIMULATED cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) {
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusolver,
                                        [&](LibraryObject& object) { object.stream = handle_of(stream); }));
}
SIMULATED cusolverStatus_t cusolverDnGetStream(cusolverDnHandle_t handle, cudaStream_t* stream) {
  if (stream == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(handle), ObjectKind::cusolver, [&](const LibraryObject& object) {
    *stream = as_pointer<cudaStream_t>(object.stream);
  }));
}

SIMULATED cusolverStatus_t cusolverDnSetDeterministicMode(cusolverDnHandle_t handle, cusolverDeterministicMode_t mode) {
  return put(handle, ObjectKind::cusolver, kDeterministic, mode);
}
SIMULATED cusolverStatus_t cusolverDnGetDeterministicMode(cusolverDnHandle_t handle,
                                                          cusolverDeterministicMode_t* mode) {
  return take(handle, ObjectKind::cusolver, kDeterministic, mode, CUSOLVER_DETERMINISTIC_RESULTS);
}
SIMULATED cusolverStatus_t cusolverDnSetMathMode(cusolverDnHandle_t handle, cusolverMathMode_t mode) {
  return put(handle, ObjectKind::cusolver, kMathMode, mode);
}
SIMULATED cusolverStatus_t cusolverDnGetMathMode(cusolverDnHandle_t handle, cusolverMathMode_t* mode) {
  return take(handle, ObjectKind::cusolver, kMathMode, mode, cusolverMathMode_t{});
}
SIMULATED cusolverStatus_t cusolverDnSetEmulationStrategy(cusolverDnHandle_t handle, cudaEmulationStrategy_t strategy) {
  return put(handle, ObjectKind::cusolver, kEmulationStrategy, strategy);
}
SIMULATED cusolverStatus_t cusolverDnGetEmulationStrategy(cusolverDnHandle_t handle,
                                                          cudaEmulationStrategy_t* strategy) {
  return take(handle, ObjectKind::cusolver, kEmulationStrategy, strategy, cudaEmulationStrategy_t{});
}

// ---- parameters

SIMULATED cusolverStatus_t cusolverDnCreateParams(cusolverDnParams_t* parameters) {
  return create(parameters, ObjectKind::cusolver_parameters);
}
SIMULATED cusolverStatus_t cusolverDnDestroyParams(cusolverDnParams_t parameters) {
  return done_if(library_objects().destroy(handle_of(parameters), ObjectKind::cusolver_parameters));
}
SIMULATED cusolverStatus_t cusolverDnSetAdvOptions(cusolverDnParams_t parameters, cusolverDnFunction_t function,
                                                   cusolverAlgMode_t algorithm) {
  return put(parameters, ObjectKind::cusolver_parameters, kFirstOption + static_cast<int>(function), algorithm);
}

SIMULATED cusolverStatus_t cusolverDnCreateGesvdjInfo(gesvdjInfo_t* info) {
  return create(info, ObjectKind::cusolver_gesvdj);
}
SIMULATED cusolverStatus_t cusolverDnDestroyGesvdjInfo(gesvdjInfo_t info) {
  return done_if(library_objects().destroy(handle_of(info), ObjectKind::cusolver_gesvdj));
}
SIMULATED cusolverStatus_t cusolverDnXgesvdjSetTolerance(gesvdjInfo_t info, double tolerance) {
  return put(info, ObjectKind::cusolver_gesvdj, kTolerance, tolerance);
}
SIMULATED cusolverStatus_t cusolverDnXgesvdjSetMaxSweeps(gesvdjInfo_t info, int sweeps) {
  return put(info, ObjectKind::cusolver_gesvdj, kMaxSweeps, sweeps);
}
SIMULATED cusolverStatus_t cusolverDnXgesvdjSetSortEig(gesvdjInfo_t info, int sort) {
  return put(info, ObjectKind::cusolver_gesvdj, kSort, sort);
}
SIMULATED cusolverStatus_t cusolverDnXgesvdjGetResidual(cusolverDnHandle_t handle, gesvdjInfo_t, double* residual) {
  return outcome("cusolverDnXgesvdjGetResidual", handle, residual);
}
SIMULATED cusolverStatus_t cusolverDnXgesvdjGetSweeps(cusolverDnHandle_t handle, gesvdjInfo_t, int* sweeps) {
  return outcome("cusolverDnXgesvdjGetSweeps", handle, sweeps);
}

SIMULATED cusolverStatus_t cusolverDnCreateSyevjInfo(syevjInfo_t* info) {
  return create(info, ObjectKind::cusolver_syevj);
}
SIMULATED cusolverStatus_t cusolverDnDestroySyevjInfo(syevjInfo_t info) {
  return done_if(library_objects().destroy(handle_of(info), ObjectKind::cusolver_syevj));
}
SIMULATED cusolverStatus_t cusolverDnXsyevjSetTolerance(syevjInfo_t info, double tolerance) {
  return put(info, ObjectKind::cusolver_syevj, kTolerance, tolerance);
}
SIMULATED cusolverStatus_t cusolverDnXsyevjSetMaxSweeps(syevjInfo_t info, int sweeps) {
  return put(info, ObjectKind::cusolver_syevj, kMaxSweeps, sweeps);
}
SIMULATED cusolverStatus_t cusolverDnXsyevjSetSortEig(syevjInfo_t info, int sort) {
  return put(info, ObjectKind::cusolver_syevj, kSort, sort);
}
SIMULATED cusolverStatus_t cusolverDnXsyevjGetResidual(cusolverDnHandle_t handle, syevjInfo_t, double* residual) {
  return outcome("cusolverDnXsyevjGetResidual", handle, residual);
}
SIMULATED cusolverStatus_t cusolverDnXsyevjGetSweeps(cusolverDnHandle_t handle, syevjInfo_t, int* sweeps) {
  return outcome("cusolverDnXsyevjGetSweeps", handle, sweeps);
}
