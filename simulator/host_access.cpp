#include "simulator/host_access.h"

#include <signal.h>
#include <unistd.h>

#include "simulator/message.h"
#include "simulator/simulation.h"
#include "simulator/summary.h"

namespace profile_train::simulator {
namespace {

struct sigaction previous {};

void on_fault(int signal_number, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (simulation().memory.in_device_address_space(address)) {
    // The program is about to end: that formatting is not safe in a signal handler no longer matters.
    const std::string what =
        fmt::format("the host touched device memory at {:#x}: {}", address, simulation().memory.describe(address));
    say("{}. On a real card this is a segmentation fault too.", what);
    write_summary(what);
    sigaction(signal_number, &previous, nullptr);
    return;  // the access happens again, and ends the program as it would have
  }
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal_number, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN && previous.sa_handler != nullptr) {
    previous.sa_handler(signal_number);
  } else {
    sigaction(signal_number, &previous, nullptr);
  }
}

}  // namespace

void stop_at_host_access() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous);
}

}  // namespace profile_train::simulator
