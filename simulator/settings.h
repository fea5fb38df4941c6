#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/card.h"

namespace profile_train::simulator {

/// What is simulated. Written by `profile-train` into one environment variable, read by the library in the program.
struct Settings {
  Card card;
  int devices = 1;
  std::optional<std::uint64_t> memory_bytes;  ///< of each device, in place of the card's own
  bool unlimited_memory = false;              ///< nothing ever runs out; the peak is what the program would need
  int world_size = 1;
  int rank = 0;
  double scalar_value = 0.0;       ///< what a floating point number reads as whose value is not known
  std::uint64_t max_launches = 0;  ///< kernels in all; 0: no limit
  double max_seconds = 0.0;        ///< of wall-clock time; 0: no limit
  std::string summary_folder;      ///< each process leaves PID.json there; empty: no summary
  std::string calibration_file;    ///< workspace sizes measured on real cards; empty: none
  std::string torch_library;       ///< the part that needs LibTorch's own headers; empty: none
  bool log_calls = false;          ///< every allocation of the driver on stderr
  std::string faults;              ///< calls that are to fail, see faults.h; empty: none

  // Found in the environment, not handed over: what CUDA_VISIBLE_DEVICES leaves of the machine's devices.
  std::vector<int> machine_numbers;  ///< of the devices, in CUDA's order; empty: the same as CUDA's
  int hidden_devices = 0;
  int machine_devices() const { return devices + hidden_devices; }
  int machine_number(int device) const {
    return machine_numbers.empty() ? device : machine_numbers.at(static_cast<std::size_t>(device));
  }

  /// Total memory of one device, as the driver reports it.
  std::uint64_t device_bytes() const { return memory_bytes.value_or(card.memory_bytes); }
  friend bool operator==(const Settings&, const Settings&) = default;
};

inline constexpr const char* kSettingsVariable = "PROFILE_TRAIN_SIMULATION";

/// One line of text, `key=value` separated by ';', that decode() reads back to the same value.
std::string encode(const Settings& settings);

/// Reads what encode() wrote. Empty with a sentence in `problem` if the text is not that.
std::optional<Settings> decode(std::string_view text, std::string& problem);

}  // namespace profile_train::simulator
