#include "workloads/device.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <optional>

namespace profile_train::workloads {
namespace {

/// A function of at::cuda without arguments; the card's generation and CUBLAS_WORKSPACE_CONFIG decide what it answers.
Bytes chosen_bytes(const char* symbol) {
  void* const function = dlsym(RTLD_DEFAULT, symbol);
  return function == nullptr ? 0 : static_cast<Bytes>(reinterpret_cast<std::size_t (*)()>(function)());
}

/// What the CUDA runtime says of a device; none on the CPU, or if CUDA has not been prepared.
std::optional<int> attribute(const std::string& device, int which) {
  using GetAttribute = int (*)(int* value, int attribute, int device);
  const auto get_attribute = reinterpret_cast<GetAttribute>(dlsym(RTLD_DEFAULT, "cudaDeviceGetAttribute"));
  if (!is_cuda(device) || get_attribute == nullptr) return std::nullopt;
  int value = 0;
  const int index = std::max<int>(torch::Device(device).index(), 0);
  return get_attribute(&value, which, index) == 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<void> prepare_device(const std::string& device) {
  if (!is_cuda(device)) return {};
  // Global: LibTorch's CPU part finds it by the kernels it registers, and the allocator's hook by its allocator.
  if (dlopen("libtorch_cuda.so", RTLD_LAZY | RTLD_GLOBAL) == nullptr)
    return failure(
        fmt::format("LibTorch's CUDA part cannot be loaded: {}", dlerror()));  // NOLINT(concurrency-mt-unsafe)
  const auto devices = static_cast<std::int64_t>(torch::cuda::device_count());
  if (devices == 0) return failure("no CUDA driver, or no device that it can use, was found");
  const torch::Device asked_for(device);
  if (asked_for.index() >= devices)
    return failure(fmt::format("there is no {}: this machine has {} CUDA device{}", device, devices,
                               devices == 1 ? ", cuda:0" : "s"));
  return {};
}

Result<void> start_device(const std::string& device) try {
  if (is_cuda(device)) at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  return {};
} catch (const std::exception& error) {  // a c10::Error, or what parsing a number throws
  const auto* of_libtorch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = of_libtorch != nullptr ? of_libtorch->what_without_backtrace() : error.what();
  return failure(fmt::format("LibTorch cannot set CUDA up: {}", text.substr(0, text.find_first_of(".\n"))));
}

std::int64_t compute_capability(const std::string& device) {
  constexpr int kMajor = 75, kMinor = 76;  // cudaDevAttrComputeCapabilityMajor, …Minor
  const auto major = attribute(device, kMajor), minor = attribute(device, kMinor);
  return major && minor ? 10 * *major + *minor : 0;
}

std::int64_t multiprocessors(const std::string& device) {
  constexpr int kMultiprocessors = 16;  // cudaDevAttrMultiProcessorCount
  return attribute(device, kMultiprocessors).value_or(0);
}

LibraryWorkspaces library_workspaces(const std::string& device) {
  if (!is_cuda(device)) return {};
  return {.cublas_bytes = chosen_bytes("_ZN2at4cuda22getChosenWorkspaceSizeEv"),
          .cublaslt_bytes = chosen_bytes("_ZN2at4cuda26getCUDABlasLtWorkspaceSizeEv")};
}

}  // namespace profile_train::workloads
