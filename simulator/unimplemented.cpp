#include "simulator/unimplemented.h"

#include <array>
#include <string_view>

#include "simulator/simulation.h"

namespace {

struct LibraryError {
  std::string_view prefix;
  int not_supported;
};

// The longest prefix that fits comes first.
constexpr std::array<LibraryError, 14> kLibraries = {{
    {"cublas", 15},    // CUBLAS_STATUS_NOT_SUPPORTED, cuBLASLt too
    {"cudnn", 3000},   // CUDNN_STATUS_NOT_SUPPORTED
    {"cufft", 16},     // CUFFT_NOT_SUPPORTED
    {"cusparse", 10},  // CUSPARSE_STATUS_NOT_SUPPORTED, cuSPARSELt too
    {"cusolver", 9},   // CUSOLVER_STATUS_NOT_SUPPORTED
    {"curand", 201},   // CURAND_STATUS_LAUNCH_FAILURE: cuRAND has no "not supported"
    {"cupti", 27},     // CUPTI_ERROR_NOT_SUPPORTED
    {"cuFile", 5023},  // CU_FILE_INTERNAL_ERROR
    {"cuda", 801},     // cudaErrorNotSupported
    {"__cuda", 801},   //
    {"cu", 801},       // CUDA_ERROR_NOT_SUPPORTED
    {"nvml", 3},       // NVML_ERROR_NOT_SUPPORTED
    {"nccl", 3},       // ncclInternalError
    {"nvshmem", 1},    //
}};

}  // namespace

int profile_train_simcuda_unimplemented(const char* call) {
  profile_train::simulator::simulation().coverage.not_implemented(call);
  for (const auto& [prefix, error] : kLibraries) {
    if (std::string_view(call).starts_with(prefix)) return error;
  }
  return static_cast<int>(profile_train::simulator::Status::not_supported);
}
