#pragma once

#include <string>
#include <vector>

#include "profiler/summary.h"

namespace profile_train::reports {

struct TerminalOptions {
  bool colour = false;             ///< stdout is a terminal and NO_COLOR is not set: the command line knows
  int width = 80;                  ///< no line is wider; taken as 60 if less
  int top = 10;                    ///< rows of "live at the peak" and of other long lists
  std::vector<std::string> files;  ///< paths of what was written besides, for the last section
};

/// The whole report for people, ending in a newline. Pure function of its arguments.
std::string render_terminal(const Summary& summary, const TerminalOptions& options);

/// The same of its latest failed request alone.
std::string render_out_of_memory(const Summary& summary, const TerminalOptions& options);

}  // namespace profile_train::reports
