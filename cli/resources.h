#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace profile_train::cli {

/// The folder that holds configs/ and data/: share/profile-train beside an installed program, workloads/ above one that
/// was built in the source tree. Empty if there is neither.
std::filesystem::path resource_folder();

/// What simulated cards are made of. Each is empty, or names what is not there, if the installation lacks it.
std::filesystem::path card_folder();               ///< one YAML file a card
std::filesystem::path simulation_torch_library();  ///< for programs with the same LibTorch as this one
std::filesystem::path simulation_driver_folder();  ///< where Triton finds a libcuda.so.1 to link with
std::filesystem::path calibration_file();          ///< sizes that were measured on real cards

/// What programs load in place of NVIDIA's libraries, in the order of loading: the simulated device, and libraries that
/// bear the names of NVML and CUPTI. Empty if it is not there.
std::vector<std::filesystem::path> simulation_libraries();

/// `command`, as the user typed it, for the trace's header and for messages.
std::string command_line(int argc, const char* const* argv);

}  // namespace profile_train::cli
