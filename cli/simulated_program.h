#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "profiler/result.h"

namespace profile_train::cli {

/// How a program that was started ended.
struct ProgramEnd {
  pid_t process = 0;
  int exit_code = 0;         ///< of a program that ended by itself
  int signal = 0;            ///< that ended it; 0 if none did
  bool interrupted = false;  ///< Ctrl-C was pressed, or somebody asked this process to stop
  double seconds = 0.0;

  bool failed() const { return exit_code != 0 || signal != 0; }
};

/// Starts a program, found as a shell finds it, and waits for its end. Its input and output are this process's own.
///
/// This process outlives what is meant to end both: Ctrl-C reaches the program from the terminal, and what is sent to
/// this process alone (SIGTERM, SIGHUP, SIGINT) is passed on. One at a time. Where there are other threads a signal may
/// reach one of them and end this process: the program ends with it.
Result<ProgramEnd> run_program(std::vector<std::string> words, std::vector<std::string> environment);

/// `words` in the form that exec wants. Points into them.
std::vector<char*> null_terminated(std::vector<std::string>& words);

}  // namespace profile_train::cli
