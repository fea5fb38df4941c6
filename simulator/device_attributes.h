#pragma once

#include <array>

#include "simulator/settings.h"

namespace profile_train::simulator {

/// What the driver answers for an attribute of a device. `attribute`: a CUdevice_attribute, whose numbers
/// cudaDeviceAttr shares. What is not simulated is 0: a capability that nobody implements is not advertised.
int device_attribute(const Settings& settings, int device, int attribute);

// What tells the devices of a machine apart, by their number in the machine: the same in each run.
int pci_bus(int machine_number);
std::array<unsigned char, 16> device_uuid(int machine_number);

/// How many blocks of a kernel fit on a multiprocessor at once. Registers of a kernel are not known here: 32 a thread.
int resident_blocks(const Card& card, int block_threads, std::uint64_t shared_bytes);

}  // namespace profile_train::simulator
