#include "cli/simulated_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <system_error>

namespace profile_train::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// While it lives, signals wait until they are asked for, and end nothing.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&held_, number);
    sigprocmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() {
    // Those that came late have had their effect: the program has ended.
    const timespec at_once{};
    while (sigtimedwait(&held_, nullptr, &at_once) > 0) {
    }
    restore();
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  void restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// The next signal; none if there is none in time.
  std::optional<siginfo_t> next(std::chrono::milliseconds patience) const {
    const timespec time{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
    siginfo_t info{};
    if (sigtimedwait(&held_, &info, &time) < 0) return std::nullopt;
    return info;
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
};

/// In the child: becomes the program, or tells `report` why not.
[[noreturn]] void become(char* const* words, char* const* environment, int report, const HeldSignals& signals) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // kill -9 of this process leaves no training behind that nobody reports on
  signals.restore();
  execvpe(words[0], words, environment);
  const int problem = errno;
  static_cast<void>(!write(report, &problem, sizeof problem));
  _exit(127);
}

/// Waits for the end of `process`, passing on what asks this process to end.
ProgramEnd wait_for(pid_t process, const HeldSignals& signals) {
  constexpr auto kPatience = std::chrono::milliseconds(500);
  ProgramEnd end{.process = process};
  const auto begin = Clock::now();
  std::optional<Clock::time_point> interrupt_at;  // when to pass on a SIGINT that may have reached the program already
  int status = 0;
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (interrupt_at && Clock::now() >= *interrupt_at) {
      kill(process, SIGINT);
      interrupt_at.reset();
    }
    const auto signal = signals.next(kPatience);
    if (!signal || signal->si_signo == SIGCHLD) continue;
    end.interrupted = true;
    if (signal->si_signo != SIGINT) {
      kill(process, signal->si_signo);
    } else if (signal->si_code == SI_USER) {
      // Sent by a program: to the whole group, as a terminal does, or to this process alone. That cannot be told apart,
      // and twice would disturb the cleaning up of a program that got it.
      interrupt_at = Clock::now() + kPatience;
    }
  }
  end.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.interrupted = end.interrupted || end.signal == SIGINT;
  return end;
}

}  // namespace

std::vector<char*> null_terminated(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

Result<ProgramEnd> run_program(std::vector<std::string> words, std::vector<std::string> environment) {
  const auto failed = [&](int problem) {
    return failure(fmt::format("{} cannot be started: {}", words[0], std::generic_category().message(problem)));
  };
  const std::vector<char*> arguments = null_terminated(words);
  const std::vector<char*> variables = null_terminated(environment);
  std::array<int, 2> report{};  // closed by a successful start
  if (pipe2(report.data(), O_CLOEXEC) != 0) return failed(errno);

  const HeldSignals signals;
  const pid_t process = fork();
  if (process == 0) become(arguments.data(), variables.data(), report[1], signals);
  const int fork_problem = errno;
  close(report[1]);
  int problem = 0;
  const bool started = process > 0 && read(report[0], &problem, sizeof problem) == 0;
  close(report[0]);
  if (process < 0) return failed(fork_problem);
  if (!started) {
    waitpid(process, nullptr, 0);
    return failed(problem);
  }
  return wait_for(process, signals);
}

}  // namespace profile_train::cli
