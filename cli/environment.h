#pragma once

#include <string>
#include <vector>

namespace profile_train::cli {

/// What the program asks of its surroundings. The only place that reads environment variables.
struct Environment {
  bool stdout_is_terminal = false;
  bool stderr_is_terminal = false;
  bool no_colour = false;          ///< NO_COLOR is set and not empty (no-color.org), or TERM is "dumb"
  int terminal_width = 80;         ///< of stdout, 80 if it is none
  bool simulated = false;          ///< this process runs on a simulated card: PROFILE_TRAIN_SIMULATION is set
  std::string simulation;          ///< what it holds
  std::string preload;             ///< LD_PRELOAD
  std::string allocator_settings;  ///< PYTORCH_ALLOC_CONF, or its older name PYTORCH_CUDA_ALLOC_CONF
};

Environment read_environment();

/// The environment of a program that this one starts: its own, with `changes` ("NAME=value") in place of what was
/// there.
std::vector<std::string> environment_with(const std::vector<std::string>& changes);

}  // namespace profile_train::cli
