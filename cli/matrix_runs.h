#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace profile_train::cli {

/// One run of a matrix: a command line of this program, and where it leaves its files.
struct MatrixJob {
  std::vector<std::string> arguments;  ///< without the program's own name
  std::filesystem::path folder;        ///< exists; log.txt in it gets what the run prints
};

/// How it ended. Exit codes are those of the program.
struct MatrixEnd {
  int exit_code = 0;
  int signal = 0;          ///< that ended it; 0 if none did
  std::string last_words;  ///< the last line that it printed; empty if none
};

/// Runs each job in a process of its own, `at_once` of them side by side, in their order. `ended(job)` is called for
/// each on the calling thread. One at a time in a process: it waits for any child.
std::vector<MatrixEnd> run_jobs(const std::vector<MatrixJob>& jobs, std::size_t at_once,
                                const std::function<void(std::size_t done)>& ended);

}  // namespace profile_train::cli
