#pragma once

#include <string>

namespace profile_train::hooks {

/// The settings of LibTorch's caching allocator that decide where a block is placed, in the form that
/// PYTORCH_ALLOC_CONF takes; what has its default is left out. They come from the environment or from the program, and
/// this is what they amount to. `memory_fraction`: the share of the device that the program may take.
std::string settings_in_effect(double memory_fraction);

}  // namespace profile_train::hooks
