#pragma once

namespace profile_train::cli {

/// What the program asks of its surroundings. The only place that reads environment variables.
struct Environment {
  bool stdout_is_terminal = false;
  bool stderr_is_terminal = false;
  bool no_colour = false;   ///< NO_COLOR is set and not empty (no-color.org), or TERM is "dumb"
  int terminal_width = 80;  ///< of stdout, 80 if it is none
  bool simulated = false;   ///< this process runs on a simulated card: PROFILE_TRAIN_SIMULATION is set
};

Environment read_environment();

}  // namespace profile_train::cli
