#pragma once

#include "simulator/settings.h"

namespace profile_train::simulator {

/// What the driver answers for an attribute of a device. `attribute`: a CUdevice_attribute, whose numbers
/// cudaDeviceAttr shares. What is not simulated is 0: a capability that nobody implements is not advertised.
int device_attribute(const Settings& settings, int device, int attribute);

/// How many blocks of a kernel fit on a multiprocessor at once. Registers of a kernel are not known here: 32 a thread.
int resident_blocks(const Card& card, int block_threads, std::uint64_t shared_bytes);

}  // namespace profile_train::simulator
