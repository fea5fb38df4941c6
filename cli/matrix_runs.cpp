#include "cli/matrix_runs.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <system_error>

#include "cli/environment.h"
#include "cli/simulated_program.h"

namespace profile_train::cli {
namespace {

namespace fs = std::filesystem;

fs::path log_of(const MatrixJob& job) { return job.folder / "log.txt"; }

std::string last_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string last;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) last = line;
  return last;
}

/// 0, or why it could not be started: an error number.
int start(const MatrixJob& job, pid_t& process) {
  std::error_code error;
  std::vector<std::string> words = {fs::read_symlink("/proc/self/exe", error).string()};
  words.insert(words.end(), job.arguments.begin(), job.arguments.end());
  std::vector<std::string> environment = environment_with({});
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_of(job).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failed = posix_spawn(&process, words.front().c_str(), &actions, nullptr, null_terminated(words).data(),
                                 null_terminated(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

}  // namespace

std::vector<MatrixEnd> run_jobs(const std::vector<MatrixJob>& jobs, std::size_t at_once,
                                const std::function<void(std::size_t done)>& ended) {
  std::vector<MatrixEnd> ends(jobs.size());
  std::map<pid_t, std::size_t> running;
  std::size_t next = 0;
  std::size_t done = 0;
  while (done < jobs.size()) {
    while (next < jobs.size() && running.size() < at_once) {
      pid_t process = 0;
      if (const int error = start(jobs[next], process); error == 0) {
        running[process] = next;
      } else {
        ends[next] = {.exit_code = 127,
                      .signal = 0,
                      .last_words = "could not be started: " + std::generic_category().message(error)};
        ended(++done);
      }
      ++next;
    }
    if (running.empty()) continue;
    int status = 0;
    const pid_t process = waitpid(-1, &status, 0);
    if (process < 0 && errno == EINTR) continue;
    const auto found = running.find(process);
    if (found == running.end()) continue;
    MatrixEnd& end = ends[found->second];
    end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.last_words = last_line(log_of(jobs[found->second]));
    running.erase(found);
    ended(++done);
  }
  return ends;
}

}  // namespace profile_train::cli
