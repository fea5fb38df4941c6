// cuBLAS: routines whose result goes to the host, if the pointer mode of the handle says so. No header of cuBLAS here:
// a result is at the same place of the arguments for both sizes of integers and for all types of numbers, so one
// definition that ignores what is before it serves all of them.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <library_types.h>

#include <cmath>
#include <complex>

#include "simulator/entry_point.h"
#include "simulator/launch_entry_points.h"
#include "simulator/library_calls.h"
#include "simulator/unimplemented.h"

using namespace profile_train::simulator;

namespace {

constexpr int kSuccess = 0;         // CUBLAS_STATUS_SUCCESS
constexpr int kNotInitialized = 1;  // CUBLAS_STATUS_NOT_INITIALIZED
constexpr int kInvalidValue = 7;    // CUBLAS_STATUS_INVALID_VALUE
constexpr int kPointerMode = 0;     // the setting's number in cublas.cpp

using Word = std::uintptr_t;  // an argument that nobody looks at

int launch(Handle handle) { return launch_on_handle(handle, ObjectKind::cublas) ? kSuccess : kNotInitialized; }

bool gives_to_host(Handle handle) {
  int mode = 0;  // CUBLAS_POINTER_MODE_HOST
  library_objects().with(handle, ObjectKind::cublas,
                         [&](const LibraryObject& object) { mode = object.get(kPointerMode, 0); });
  return mode == 0;
}

template <class T>
void write(std::complex<T>* host, double value) {
  *host = {static_cast<T>(value), T{0}};
}
template <class T>
void write(T* host, double value) {
  *host = static_cast<T>(value);
}

template <class T>
int number(const char* call, Handle handle, T* result) {
  if (const int status = launch(handle); status != kSuccess || !gives_to_host(handle)) return status;
  if (result == nullptr) return kInvalidValue;
  write(result, unknown_number());
  record_answer(ReadKind::scalar, call, fmt::format("{}", unknown_number()), sizeof *result);
  return kSuccess;
}

int number_of_type(const char* call, Handle handle, void* result, int type) {
  if (result == nullptr) return kInvalidValue;
  switch (type) {
    case CUDA_R_16F:
    case CUDA_R_16BF: {
      float value = 0.0F;
      const int status = number(call, handle, &value);
      if (status != kSuccess || !gives_to_host(handle)) return status;
      if (type == CUDA_R_16F) {
        *static_cast<__half*>(result) = __float2half(value);
      } else {
        *static_cast<__nv_bfloat16*>(result) = __float2bfloat16(value);
      }
      return status;
    }
    case CUDA_R_32F: return number(call, handle, static_cast<float*>(result));
    case CUDA_R_64F: return number(call, handle, static_cast<double*>(result));
    case CUDA_C_32F: return number(call, handle, static_cast<std::complex<float>*>(result));
    case CUDA_C_64F: return number(call, handle, static_cast<std::complex<double>*>(result));
    default: return kInvalidValue;
  }
}

/// Positions count from 1: the first is the smallest that is one.
template <class Integer>
int position(const char* call, Handle handle, Integer* result) {
  if (const int status = launch(handle); status != kSuccess || !gives_to_host(handle)) return status;
  if (result == nullptr) return kInvalidValue;
  give_answer<Integer>(ReadKind::scalar, call, 1, result);
  return kSuccess;
}

/// The rotation that makes b zero. Its numbers come from the host, so they are known.
template <class Real>
void rotation(Real& a, Real& b, Real& c, Real& s) {
  const Real larger = std::abs(a) > std::abs(b) ? a : b;
  const Real r = std::copysign(std::hypot(a, b), larger);
  c = r == Real{0} ? Real{1} : a / r;
  s = r == Real{0} ? Real{0} : b / r;
  const Real z = std::abs(a) > std::abs(b) ? s : (c != Real{0} ? Real{1} / c : Real{1});
  a = r;
  b = r == Real{0} ? Real{0} : z;
}
template <class Real>
void rotation(std::complex<Real>& a, const std::complex<Real>& b, Real& c, std::complex<Real>& s) {
  const Real size = std::abs(a);
  if (size == Real{0}) {
    c = Real{0};
    s = Real{1};
    a = b;
    return;
  }
  const Real norm = std::hypot(size, std::abs(b));
  const std::complex<Real> direction = a / size;
  c = size / norm;
  s = direction * std::conj(b) / norm;
  a = direction * norm;
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): types and names are no expressions
#define NUMBER_5TH(name, T) \
  SIMULATED int name(Handle h, Word, Word, Word, T* result) { return number(#name, h, result); }
#define NUMBER_7TH(name, T) \
  SIMULATED int name(Handle h, Word, Word, Word, Word, Word, T* result) { return number(#name, h, result); }
#define POSITION_5TH(name)                                                                           \
  SIMULATED int name(Handle h, Word, Word, Word, int* result) { return position(#name, h, result); } \
  SIMULATED int name##_64(Handle h, Word, Word, Word, std::int64_t* result) { return position(#name, h, result); }
#define BOTH(DEFINE, name, T) DEFINE(name, T) DEFINE(name##_64, T)

BOTH(NUMBER_5TH, cublasSnrm2_v2, float)
BOTH(NUMBER_5TH, cublasDnrm2_v2, double)
BOTH(NUMBER_5TH, cublasScnrm2_v2, float)
BOTH(NUMBER_5TH, cublasDznrm2_v2, double)
BOTH(NUMBER_5TH, cublasSasum_v2, float)
BOTH(NUMBER_5TH, cublasDasum_v2, double)
BOTH(NUMBER_5TH, cublasScasum_v2, float)
BOTH(NUMBER_5TH, cublasDzasum_v2, double)
BOTH(NUMBER_7TH, cublasSdot_v2, float)
BOTH(NUMBER_7TH, cublasDdot_v2, double)
BOTH(NUMBER_7TH, cublasCdotu_v2, std::complex<float>)
BOTH(NUMBER_7TH, cublasCdotc_v2, std::complex<float>)
BOTH(NUMBER_7TH, cublasZdotu_v2, std::complex<double>)
BOTH(NUMBER_7TH, cublasZdotc_v2, std::complex<double>)
POSITION_5TH(cublasIsamax_v2)
POSITION_5TH(cublasIdamax_v2)
POSITION_5TH(cublasIcamax_v2)
POSITION_5TH(cublasIzamax_v2)
POSITION_5TH(cublasIsamin_v2)
POSITION_5TH(cublasIdamin_v2)
POSITION_5TH(cublasIcamin_v2)
POSITION_5TH(cublasIzamin_v2)

// ---- the type of the result is an argument

#define TYPED_6TH(name)                                                          \
  SIMULATED int name(Handle h, Word, Word, Word, Word, void* result, int type) { \
    return number_of_type(#name, h, result, type);                               \
  }
#define TYPED_9TH(name)                                                                            \
  SIMULATED int name(Handle h, Word, Word, Word, Word, Word, Word, Word, void* result, int type) { \
    return number_of_type(#name, h, result, type);                                                 \
  }
#define POSITION_6TH(name)                                                                                 \
  SIMULATED int name(Handle h, Word, Word, Word, Word, int* result) { return position(#name, h, result); } \
  SIMULATED int name##_64(Handle h, Word, Word, Word, Word, std::int64_t* result) { return position(#name, h, result); }

TYPED_6TH(cublasNrm2Ex)
TYPED_6TH(cublasNrm2Ex_64)
TYPED_6TH(cublasAsumEx)
TYPED_6TH(cublasAsumEx_64)
TYPED_9TH(cublasDotEx)
TYPED_9TH(cublasDotEx_64)
TYPED_9TH(cublasDotcEx)
TYPED_9TH(cublasDotcEx_64)
POSITION_6TH(cublasIamaxEx)
POSITION_6TH(cublasIaminEx)

// ---- rotations: from host numbers to host numbers, or all of them on the device

#define ROTATION(name, T, Real)                                           \
  SIMULATED int name(Handle h, T* a, T* b, Real* c, T* s) {               \
    const int status = launch(h);                                         \
    if (status == kSuccess && gives_to_host(h)) rotation(*a, *b, *c, *s); \
    return status;                                                        \
  }
#define ONLY_ON_DEVICE(name) \
  SIMULATED int name(Handle h) { return gives_to_host(h) ? profile_train_simcuda_unimplemented(#name) : launch(h); }

ROTATION(cublasSrotg_v2, float, float)
ROTATION(cublasDrotg_v2, double, double)
ROTATION(cublasCrotg_v2, std::complex<float>, float)
ROTATION(cublasZrotg_v2, std::complex<double>, double)
ONLY_ON_DEVICE(cublasSrotmg_v2)
ONLY_ON_DEVICE(cublasDrotmg_v2)
ONLY_ON_DEVICE(cublasRotgEx)
ONLY_ON_DEVICE(cublasRotmgEx)

// ---- many small systems whose info is on the host: it says that the arguments were fine

#define INFO_7TH(name)                                                    \
  SIMULATED int name(Handle h, Word, Word, Word, Word, Word, int* info) { \
    if (info != nullptr) *info = 0;                                       \
    return launch(h);                                                     \
  }
#define INFO_10TH(name)                                                                     \
  SIMULATED int name(Handle h, Word, Word, Word, Word, Word, Word, Word, Word, int* info) { \
    if (info != nullptr) *info = 0;                                                         \
    return launch(h);                                                                       \
  }

FOR_SDCZ(INFO_7TH, cublas, geqrfBatched)
FOR_SDCZ(INFO_10TH, cublas, getrsBatched)
FOR_SDCZ(INFO_10TH, cublas, gelsBatched)
// NOLINTEND(bugprone-macro-parentheses)
