#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace profile_train::cli {

namespace {

volatile sig_atomic_t interrupt_requested = 0;

void on_signal(int signal_number) {
  if (interrupt_requested != 0) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  interrupt_requested = 1;
  constexpr std::string_view kMessage =
      "\nStopping after this micro-batch; what was recorded will be reported. Ctrl-C again ends at once.\n";
  static_cast<void>(!write(STDERR_FILENO, kMessage.data(), kMessage.size()));
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_requested = 0;
  handle(on_signal);
}
InterruptGuard::~InterruptGuard() { handle(SIG_DFL); }

bool InterruptGuard::requested() const noexcept { return interrupt_requested != 0; }

}  // namespace profile_train::cli
