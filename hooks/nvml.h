#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "hooks/event_sink.h"
#include "hooks/nvml_api.h"

namespace profile_train::hooks {

/// Records how much of each device NVML says that this process has, and all processes together.
///
/// Belongs to the session and is used on its thread. NVML asks the driver each time, which takes from microseconds to
/// milliseconds: read_if_due() reads again only once two hundred times as long has passed, so that it takes half a
/// percent of the time at most. A process seldom gives memory back to the driver, so little is missed in between.
class NvmlHook {
 public:
  explicit NvmlHook(EventSink& sink) : sink_(sink) {}

  /// Reads for the first time. One sentence if NVML cannot be asked, else empty.
  std::string begin(const Result<NvmlApi>& nvml, int cuda_devices);
  void read_if_due();

  /// Reads for the last time and lets go of NVML: before EventSink::end(). One sentence if it never told anything of
  /// this process, else empty.
  std::string end();

 private:
  struct Device {
    std::uint8_t number = 0;  ///< CUDA's
    NvmlDevice handle = nullptr;
    bool seen = false;  ///< NVML listed this process
    Bytes process_peak_bytes = -1;
  };

  void read();
  void read(Device& device);
  std::optional<Bytes> bytes_of_this_process(NvmlDevice device);
  void record(const Device& device, Gauge gauge, Bytes bytes);

  EventSink& sink_;
  NvmlApi api_;
  std::vector<Device> devices_;
  std::vector<NvmlProcess> processes_;  ///< room for the longest list so far
  std::chrono::steady_clock::time_point due_;
  bool open_ = false;
  bool first_ = true;
  std::string problem_;  ///< the latest reason for a missing figure
};

}  // namespace profile_train::hooks
