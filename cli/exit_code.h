#pragma once

namespace profile_train::cli {

/// What the program tells the shell. docs/how_it_works.md and --help list them.
enum ExitCode : int {
  kFine = 0,
  kFailed = 1,         ///< the training failed, or a budget was exceeded
  kBadInput = 2,       ///< usage, configuration, trace or output: one sentence on stderr says which and what helps
  kCannotMeasure = 3,  ///< not on this machine
  kInterrupted = 130,  ///< Ctrl-C, as shells count it: what was recorded so far has been reported
};

}  // namespace profile_train::cli
