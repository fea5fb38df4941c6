// cuFFT: plans. On a real card a plan allocates its work area itself, unless the program says that it will.
#include <cufft.h>
#include <cufftXt.h>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcufft.so";

// Numbers of our own; cuFFT's properties are numbered behind them.
enum Setting : int { kMade, kAutoAllocation, kWorkArea };
constexpr int kFirstProperty = 100;

template <class Act>
cufftResult with_plan(cufftHandle plan, Act act) {
  const bool done = library_objects().with(static_cast<Handle>(plan), ObjectKind::cufft, act);
  return done ? CUFFT_SUCCESS : CUFFT_INVALID_PLAN;
}

cufftResult create(cufftHandle* plan) {
  if (plan == nullptr) return CUFFT_INVALID_VALUE;
  *plan = static_cast<cufftHandle>(library_objects().create({.kind = ObjectKind::cufft}));
  return CUFFT_SUCCESS;
}

/// Sizes of plans depend on the factors of the transform's length and on kernels that only the library knows.
cufftResult tell_size(std::size_t* work_bytes) {
  if (work_bytes != nullptr) *work_bytes = 0;
  workspace_not_included("cuFFT's plans");
  return CUFFT_SUCCESS;
}

cufftResult make(cufftHandle plan, std::size_t* work_bytes) {
  const cufftResult status = with_plan(plan, [](LibraryObject& object) { object.set(kMade, true); });
  return status == CUFFT_SUCCESS ? tell_size(work_bytes) : status;
}

cufftResult create_and_make(cufftHandle* plan) {
  const cufftResult status = create(plan);
  return status == CUFFT_SUCCESS ? make(*plan, nullptr) : status;
}

cufftResult execute(cufftHandle plan) {
  bool made = false;
  const cufftResult status = with_plan(plan, [&](const LibraryObject& object) { made = object.get(kMade, false); });
  if (status != CUFFT_SUCCESS) return status;
  if (!made) return CUFFT_INVALID_PLAN;
  launch_on_handle(static_cast<Handle>(plan), ObjectKind::cufft);
  return CUFFT_SUCCESS;
}

}  // namespace

SIMULATED cufftResult cufftGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUFFT_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUFFT_VER_MAJOR
                        : type == MINOR_VERSION ? CUFFT_VER_MINOR
                                                : CUFFT_VER_PATCH;
  return real_property<cufftResult>(kLibrary, "cufftGetProperty", type, of_header, value);
}
SIMULATED cufftResult cufftGetVersion(int* version) {
  if (version == nullptr) return CUFFT_INVALID_VALUE;
  int major = 0, minor = 0, patch = 0;
  cufftGetProperty(MAJOR_VERSION, &major);
  cufftGetProperty(MINOR_VERSION, &minor);
  cufftGetProperty(PATCH_LEVEL, &patch);
  *version = major * 1000 + minor * 100 + patch;
  return CUFFT_SUCCESS;
}

// ---- plans

SIMULATED cufftResult cufftCreate(cufftHandle* plan) { return create(plan); }
SIMULATED cufftResult cufftDestroy(cufftHandle plan) {
  const bool done = library_objects().destroy(static_cast<Handle>(plan), ObjectKind::cufft);
  return done ? CUFFT_SUCCESS : CUFFT_INVALID_PLAN;
}
SIMULATED cufftResult cufftPlan1d(cufftHandle* plan, int, cufftType, int) { return create_and_make(plan); }
SIMULATED cufftResult cufftPlan2d(cufftHandle* plan, int, int, cufftType) { return create_and_make(plan); }
SIMULATED cufftResult cufftPlan3d(cufftHandle* plan, int, int, int, cufftType) { return create_and_make(plan); }
SIMULATED cufftResult cufftPlanMany(cufftHandle* plan, int, int*, int*, int, int, int*, int, int, cufftType, int) {
  return create_and_make(plan);
}
SIMULATED cufftResult cufftMakePlan1d(cufftHandle plan, int, cufftType, int, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftMakePlan2d(cufftHandle plan, int, int, cufftType, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftMakePlan3d(cufftHandle plan, int, int, int, cufftType, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftMakePlanMany(cufftHandle plan, int, int*, int*, int, int, int*, int, int, cufftType, int,
                                        size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftMakePlanMany64(cufftHandle plan, int, long long*, long long*, long long, long long,
                                          long long*, long long, long long, cufftType, long long, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftXtMakePlanMany(cufftHandle plan, int, long long*, long long*, long long, long long,
                                          cudaDataType, long long*, long long, long long, cudaDataType, long long,
                                          size_t* bytes, cudaDataType) {
  return make(plan, bytes);
}

// ---- sizes

SIMULATED cufftResult cufftEstimate1d(int, cufftType, int, size_t* bytes) { return tell_size(bytes); }
SIMULATED cufftResult cufftEstimate2d(int, int, cufftType, size_t* bytes) { return tell_size(bytes); }
SIMULATED cufftResult cufftEstimate3d(int, int, int, cufftType, size_t* bytes) { return tell_size(bytes); }
SIMULATED cufftResult cufftEstimateMany(int, int*, int*, int, int, int*, int, int, cufftType, int, size_t* bytes) {
  return tell_size(bytes);
}
SIMULATED cufftResult cufftGetSize(cufftHandle plan, size_t* bytes) { return make(plan, bytes); }
SIMULATED cufftResult cufftGetSize1d(cufftHandle plan, int, cufftType, int, size_t* bytes) { return make(plan, bytes); }
SIMULATED cufftResult cufftGetSize2d(cufftHandle plan, int, int, cufftType, size_t* bytes) { return make(plan, bytes); }
SIMULATED cufftResult cufftGetSize3d(cufftHandle plan, int, int, int, cufftType, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftGetSizeMany(cufftHandle plan, int, int*, int*, int, int, int*, int, int, cufftType, int,
                                       size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftGetSizeMany64(cufftHandle plan, int, long long*, long long*, long long, long long,
                                         long long*, long long, long long, cufftType, long long, size_t* bytes) {
  return make(plan, bytes);
}
SIMULATED cufftResult cufftXtGetSizeMany(cufftHandle plan, int, long long*, long long*, long long, long long,
                                         cudaDataType, long long*, long long, long long, cudaDataType, long long,
                                         size_t* bytes, cudaDataType) {
  return make(plan, bytes);
}

// ---- settings

SIMULATED cufftResult cufftSetStream(cufftHandle plan, cudaStream_t stream) {
  return with_plan(plan, [&](LibraryObject& object) { object.stream = handle_of(stream); });
}
SIMULATED cufftResult cufftSetAutoAllocation(cufftHandle plan, int allocate) {
  return with_plan(plan, [&](LibraryObject& object) { object.set(kAutoAllocation, allocate); });
}
SIMULATED cufftResult cufftSetWorkArea(cufftHandle plan, void* area) {
  return with_plan(plan, [&](LibraryObject& object) { object.set(kWorkArea, area); });
}
SIMULATED cufftResult cufftSetPlanPropertyInt64(cufftHandle plan, cufftProperty property, const long long value) {
  return with_plan(plan,
                   [&](LibraryObject& object) { object.set(kFirstProperty + static_cast<int>(property), value); });
}
SIMULATED cufftResult cufftGetPlanPropertyInt64(cufftHandle plan, cufftProperty property, long long* value) {
  if (value == nullptr) return CUFFT_INVALID_VALUE;
  return with_plan(plan, [&](const LibraryObject& object) {
    *value = object.get(kFirstProperty + static_cast<int>(property), 0LL);
  });
}
SIMULATED cufftResult cufftResetPlanProperty(cufftHandle plan, cufftProperty property) {
  return with_plan(
      plan, [&](LibraryObject& object) { object.attributes.erase(kFirstProperty + static_cast<int>(property)); });
}

// ---- transforms

SIMULATED cufftResult cufftExecC2C(cufftHandle plan, cufftComplex*, cufftComplex*, int) { return execute(plan); }
SIMULATED cufftResult cufftExecR2C(cufftHandle plan, cufftReal*, cufftComplex*) { return execute(plan); }
SIMULATED cufftResult cufftExecC2R(cufftHandle plan, cufftComplex*, cufftReal*) { return execute(plan); }
SIMULATED cufftResult cufftExecZ2Z(cufftHandle plan, cufftDoubleComplex*, cufftDoubleComplex*, int) {
  return execute(plan);
}
SIMULATED cufftResult cufftExecD2Z(cufftHandle plan, cufftDoubleReal*, cufftDoubleComplex*) { return execute(plan); }
SIMULATED cufftResult cufftExecZ2D(cufftHandle plan, cufftDoubleComplex*, cufftDoubleReal*) { return execute(plan); }
SIMULATED cufftResult cufftXtExec(cufftHandle plan, void*, void*, int) { return execute(plan); }
