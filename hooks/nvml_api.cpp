#include "hooks/nvml_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>
#include <type_traits>

namespace profile_train::hooks {

Result<NvmlApi> load_nvml(std::span<const char* const> libraries) {
  void* library = RTLD_DEFAULT;
  std::string problem;
  const char* opened = "this process's NVML";
  const bool is_loaded = dlsym(RTLD_DEFAULT, "nvmlInit_v2") != nullptr;
  for (const char* const name : libraries) {
    if (is_loaded) break;
    opened = name;
    library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (library != nullptr) break;
    if (problem.empty()) problem = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it by thread
  }
  if (library == nullptr && !is_loaded) return failure(problem);

  NvmlApi api;
  const char* missing = nullptr;
  const auto find = [&](auto& function, void* from, const char* symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(from, symbol));
    if (function == nullptr && missing == nullptr) missing = symbol;
  };
  find(api.init, library, "nvmlInit_v2");
  find(api.shutdown, library, "nvmlShutdown");
  find(api.error_string, library, "nvmlErrorString");
  find(api.device_by_pci_bus_id, library, "nvmlDeviceGetHandleByPciBusId_v2");
  find(api.memory, library, "nvmlDeviceGetMemoryInfo");
  find(api.compute_processes, library, "nvmlDeviceGetComputeRunningProcesses_v3");
  if (missing != nullptr) return failure(fmt::format("{} lacks {}", opened, missing));

  constexpr const char* kPciBusId = "cuDeviceGetPCIBusId";
  void* driver = RTLD_DEFAULT;  // a null pointer, as is a library that cannot be opened: neither has the function then
  if (dlsym(driver, kPciBusId) == nullptr) driver = dlopen("libcuda.so.1", RTLD_LAZY);
  find(api.pci_bus_id, driver, kPciBusId);
  if (missing != nullptr) return failure("there is no CUDA driver");
  return api;
}

}  // namespace profile_train::hooks
