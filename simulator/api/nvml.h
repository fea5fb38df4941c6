#pragma once

#include <optional>

#include "simulator/nvml_types.h"

namespace profile_train::simulator {

/// The number of a device in the machine, if NVML is initialised and the handle is one of its own.
nvmlReturn_t find_device(nvmlDevice_t handle, int& number);

/// CUDA's number of the device in this process. None: CUDA_VISIBLE_DEVICES hides it.
std::optional<int> cuda_number(int number);

}  // namespace profile_train::simulator
