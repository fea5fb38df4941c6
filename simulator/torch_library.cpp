#include "simulator/torch_library.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdint>

#include "simulator/simulation.h"
#include "simulator/torch_symbols.h"

namespace profile_train::simulator {
namespace {

/// What our library that was built with LibTorch's headers offers; see torch/allocator_requests.cpp.
struct TorchLibrary {
  std::uint64_t (*built_for)() = nullptr;
  bool (*attach)(void (*report)(int device, std::int64_t requested_bytes)) = nullptr;
};

TorchLibrary load(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {};
  TorchLibrary loaded;
  loaded.built_for =
      reinterpret_cast<decltype(loaded.built_for)>(dlsym(library, "profile_train_simcuda_torch_built_for"));
  loaded.attach = reinterpret_cast<decltype(loaded.attach)>(dlsym(library, "profile_train_simcuda_torch_attach"));
  return loaded;
}

/// The LibTorch of this process is the one whose headers our library was built with. Others lay out events differently.
bool fits(const TorchLibrary& library) {
  const auto version = reinterpret_cast<std::uint64_t (*)()>(torch_symbol("aoti_torch_abi_version"));
  return library.attach != nullptr && version != nullptr && version() == library.built_for();
}

}  // namespace

void watch_torch_allocator() {
  static std::atomic<bool> done{false};
  if (done.load(std::memory_order_relaxed)) return;
  if (dlopen("libc10_cuda.so", RTLD_NOW | RTLD_NOLOAD) == nullptr) return;  // no LibTorch, or not yet
  if (done.exchange(true)) return;
  Simulation& sim = simulation();
  const TorchLibrary library = sim.settings.torch_library.empty() ? TorchLibrary{} : load(sim.settings.torch_library);
  if (!fits(library)) return;  // a Python program reports at its end, see python_program.cpp
  const bool attached =
      library.attach([](int device, std::int64_t bytes) { simulation().allocator.report_requested(device, bytes); });
  if (!attached) done = false;  // the allocator was not made yet
}

}  // namespace profile_train::simulator
