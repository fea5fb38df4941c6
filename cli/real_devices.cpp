#include "cli/real_devices.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>

namespace profile_train::cli {

namespace fs = std::filesystem;

namespace {

/// The half-dozen functions of the driver that are used here; cuda.h is not needed to build this.
struct Driver {
  int (*init)(unsigned) = nullptr;
  int (*count)(int*) = nullptr;
  int (*name)(char*, int, int) = nullptr;
  int (*memory)(std::size_t*, int) = nullptr;
  int (*attribute)(int*, int, int) = nullptr;

  bool complete() const { return init && count && name && memory && attribute; }
};

template <class Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
}

Driver load(void* library) {
  Driver driver;
  find(library, "cuInit", driver.init);
  find(library, "cuDeviceGetCount", driver.count);
  find(library, "cuDeviceGetName", driver.name);
  find(library, "cuDeviceTotalMem_v2", driver.memory);
  find(library, "cuDeviceGetAttribute", driver.attribute);
  return driver;
}

RealDevice ask(const Driver& driver, int device) {
  constexpr int kMultiprocessors = 16;  // CU_DEVICE_ATTRIBUTE_…
  constexpr int kComputeMajor = 75;
  constexpr int kComputeMinor = 76;
  RealDevice result;
  std::array<char, 256> name{};
  std::size_t bytes = 0;
  driver.name(name.data(), static_cast<int>(name.size()), device);
  driver.memory(&bytes, device);
  driver.attribute(&result.multiprocessors, kMultiprocessors, device);
  driver.attribute(&result.compute_major, kComputeMajor, device);
  driver.attribute(&result.compute_minor, kComputeMinor, device);
  result.name = name.data();
  result.memory_bytes = bytes;
  return result;
}

}  // namespace

Result<std::vector<RealDevice>> real_devices() {
  // Left open: a driver that is unloaded and loaded again misbehaves.
  void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return failure("no CUDA driver is installed (there is no libcuda.so.1)");
  const Driver driver = load(library);
  if (!driver.complete()) return failure("the CUDA driver lacks functions that are needed");
  if (const int status = driver.init(0); status != 0) {
    return failure(fmt::format("the CUDA driver cannot be used (cuInit returned {})", status));
  }
  int count = 0;
  driver.count(&count);
  if (count == 0) return failure("the CUDA driver finds no device");
  std::vector<RealDevice> devices;
  for (int device = 0; device < count; ++device) devices.push_back(ask(driver, device));
  return devices;
}

bool has_real_gpu() {
  std::error_code error;
  const fs::directory_iterator gpus("/proc/driver/nvidia/gpus", error);
  return !error && gpus != fs::directory_iterator();
}

}  // namespace profile_train::cli
