#include "simulator/unimplemented.h"

#include <cublas_api.h>
#include <cuda.h>
#include <cudnn.h>
#include <cufft.h>
#include <cufile.h>
#include <cupti_result.h>
#include <curand.h>
#include <cusolver_common.h>
#include <cusparse.h>
#include <driver_types.h>
#include <nccl.h>

#include <array>
#include <string_view>

#include "simulator/simulation.h"

namespace {

struct LibraryError {
  std::string_view prefix;
  int not_supported;
};

constexpr int kNvmlNotSupported = 3;  // NVML_ERROR_NOT_SUPPORTED; the wheel does not bring nvml.h

// The longest prefix that fits comes first. cuBLASLt, cuSPARSELt share the numbers of their larger sisters.
constexpr std::array<LibraryError, 14> kLibraries = {{
    {"cublas", CUBLAS_STATUS_NOT_SUPPORTED},
    {"cudnn", CUDNN_STATUS_NOT_SUPPORTED},
    {"cufft", CUFFT_NOT_SUPPORTED},
    {"cusparse", CUSPARSE_STATUS_NOT_SUPPORTED},
    {"cusolver", CUSOLVER_STATUS_NOT_SUPPORTED},
    {"curand", CURAND_STATUS_INTERNAL_ERROR},  // it has no "not supported"
    {"cupti", CUPTI_ERROR_NOT_SUPPORTED},
    {"cuFile", CU_FILE_INTERNAL_ERROR},
    {"cuda", cudaErrorNotSupported},
    {"__cuda", cudaErrorNotSupported},
    {"cu", CUDA_ERROR_NOT_SUPPORTED},
    {"nvml", kNvmlNotSupported},
    {"nccl", ncclInternalError},  // it has no "not supported"
    {"pnccl", ncclInternalError},
}};

}  // namespace

int profile_train_simcuda_unimplemented(const char* call) {
  profile_train::simulator::simulation().coverage.not_implemented(call);
  for (const auto& [prefix, error] : kLibraries) {
    if (std::string_view(call).starts_with(prefix)) return error;
  }
  return static_cast<int>(profile_train::simulator::Status::not_supported);
}
