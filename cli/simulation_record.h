#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/simulated_program.h"
#include "simulator/settings.h"

namespace profile_train::cli {

/// Peaks on one simulated device. None: PyTorch's allocator was not there to report it.
struct DevicePeaks {
  int device = 0;
  std::optional<std::int64_t> requested_bytes;
  std::optional<std::int64_t> allocated_bytes;
  std::optional<std::int64_t> reserved_bytes;
  std::optional<std::int64_t> step;
  std::int64_t driver_bytes = 0;

  bool used() const { return driver_bytes > 0; }
};

/// A device value that the program asked for and that is not known: how often, where, and what it was told.
struct ValueRead {
  std::string kind;  ///< "shape", "control flow", "scalar", "saved", "copy"
  std::string operation;
  std::string source;
  std::string answer;
  std::int64_t times = 0;
};

struct CountedText {
  std::string what;
  std::int64_t times = 0;
  bool by_library = false;  ///< memory that a library would have asked the driver for, not the program's allocator
};

/// What one process did with the simulated device, as the library in it wrote down.
struct ProcessRecord {
  pid_t process = 0;
  std::string command;
  std::vector<DevicePeaks> devices;
  std::int64_t pinned_peak_bytes = 0;
  std::int64_t launches = 0;
  std::int64_t steps = 0;
  std::vector<ValueRead> reads;
  std::optional<ValueRead> latest_read;
  std::vector<CountedText> calls_not_implemented;
  std::vector<CountedText> memory_not_included;
  std::vector<std::string> notes;
  std::string stopped_because;
  nlohmann::ordered_json json;  ///< as it was written

  std::int64_t driver_bytes() const;
};

/// A program's run on a simulated card: how it ended, and what its processes wrote down.
struct SimulationRecord {
  std::string command;
  simulator::Settings settings;
  ProgramEnd end;
  bool real_gpu = false;                 ///< this machine has one; it was not used
  std::vector<ProcessRecord> processes;  ///< the program itself first, then by what they took of the device
  std::vector<std::string> unreadable;   ///< files of processes that ended while they wrote

  nlohmann::ordered_json json() const;
};

/// Reads the files that the processes of a run have left in `folder`.
void read_processes(const std::filesystem::path& folder, SimulationRecord& record);

}  // namespace profile_train::cli
