#include "hooks/simulated_device.h"

#include <dlfcn.h>

namespace profile_train::hooks {

void note_simulated_device(TraceFooter& footer) {
  // The simulated device is preloaded, so its functions are there by name or not at all. See simulator/summary.cpp.
  using Count = std::uint64_t (*)();
  const auto reads = reinterpret_cast<Count>(dlsym(RTLD_DEFAULT, "profile_train_simcuda_shape_reads"));
  const auto calls = reinterpret_cast<Count>(dlsym(RTLD_DEFAULT, "profile_train_simcuda_calls_not_implemented"));
  if (reads == nullptr || calls == nullptr) return;
  footer.simulated = true;
  footer.data_dependent_reads = reads();
  footer.unimplemented_calls = calls();
}

}  // namespace profile_train::hooks
