#include "simulator/simulation.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "simulator/environment.h"
#include "simulator/host_access.h"
#include "simulator/message.h"
#include "simulator/python_program.h"
#include "simulator/summary.h"

namespace profile_train::simulator {
namespace {

constexpr int kProgramFailed = 1;

/// A program that waits in a loop for a device value cannot be stopped by an error it may catch.
[[noreturn]] void end_program(const char* sentence) {
  const auto latest = simulation().reads.latest();
  std::string reason = sentence;
  if (latest && latest->times > 1) {
    reason += fmt::format("; {} at {} was read {} times and gave {} each time, which a loop may be waiting to change",
                          latest->operation, latest->source, latest->times, latest->answer);
  }
  say("{}.", reason);
  write_summary(reason);
  std::fflush(nullptr);
  _exit(kProgramFailed);
}

Simulation* make() {
  auto* const made = new Simulation(settings_from_environment());
  stop_at_host_access();
  watch_python_program();
  return made;
}

}  // namespace

Simulation::Simulation(Settings chosen)
    : settings(std::move(chosen)),
      measured(calibration_from_file(settings.calibration_file), settings.card.key, settings.log_calls, coverage),
      memory(settings.devices, settings.device_bytes(), settings.unlimited_memory),
      streams(settings.devices),
      pools(memory, settings.devices),
      launches(settings.max_launches, settings.max_seconds, end_program),
      allocator(settings.devices) {}

void Simulation::launch_on(Handle stream) {
  if (streams.any_capture()) {
    Capture capture;
    if (streams.capture(stream, current_device(), capture) == Status::ok && capture.state == CaptureState::active)
      return;
  }
  launch();
}

Simulation& simulation() {
  static Simulation* const instance = make();
  static const int registered = std::atexit([] { write_summary({}); });
  static_cast<void>(registered);
  return *instance;
}

int& current_device() noexcept {
  static thread_local int device = 0;
  return device;
}

}  // namespace profile_train::simulator
