#pragma once

#include <string>

#include "cli/environment.h"
#include "profiler/result.h"

namespace profile_train::cli {

/// The device that --device asks for.
struct TrainingDevice {
  std::string torch;  ///< as LibTorch calls it: "cpu", "cuda", "cuda:1"
  std::string shown;  ///< as people do: "cuda:1", "sim:h200 NVIDIA H200"
};

inline bool is_simulated(const std::string& asked_for) { return asked_for.starts_with("sim:"); }

/// "sim:h200" is "cuda" to LibTorch, in a program that was started on the simulated card; elsewhere it is an error.
Result<TrainingDevice> training_device(const std::string& asked_for, const Environment& environment);

}  // namespace profile_train::cli
