// The same program on the simulated card makes the same events, byte for byte: addresses, sizes, order, operators.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "profiler/trace_reader.h"
#include "tests/cli/program.h"
#include "tests/workloads/temporary_folder.h"

namespace profile_train {
namespace {

class Determinism : public ::testing::Test {
 protected:
  /// What happened on the device until the last step ended, without what belongs to the clock (gauges are
  /// read when time allows) and to host memory. After
  /// it LibTorch destroys the optimizer's states in the order of host addresses, which the kernel draws anew each time.
  std::vector<Event> device_events(const std::string& run) {
    const auto finished = testing::Program::run(
        {"--config", "gpt_tiny", "--device", "sim:h200", "--set", "train.steps=3", "--quiet", "-o", run},
        folder_.root());
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto trace = read_trace(folder_.path(run + "/trace.ptrace"));
    if (!trace) {
      ADD_FAILURE() << trace.error().message;
      return {};
    }
    std::vector<Event> events;
    std::size_t at_end_of_step = 0;
    for (Event event : trace->events) {
      if (event.kind == EventKind::step_end) at_end_of_step = events.size();
      if (event.device != DeviceType::cuda || event.kind == EventKind::gauge || is_of_the_host(event)) continue;
      event.time_ns = 0;
      events.push_back(event);
    }
    events.resize(at_end_of_step);
    return events;
  }

  /// Page-locked memory has an address of the host.
  static bool is_of_the_host(const Event& event) {
    return (event.kind == EventKind::driver_allocate || event.kind == EventKind::driver_free) &&
           event.detail == static_cast<std::uint8_t>(DriverMemory::pinned);
  }

  workloads::TemporaryFolder folder_;
};

TEST_F(Determinism, TenRunsMakeTheSameEvents) {
  const std::vector<Event> first = device_events("run-1");
  ASSERT_GT(first.size(), 500U);
  for (int run = 2; run <= 10; ++run) {
    const std::vector<Event> events = device_events("run-" + std::to_string(run));
    ASSERT_EQ(events.size(), first.size()) << "run " << run;
    for (std::size_t i = 0; i < first.size(); ++i) ASSERT_EQ(events[i], first[i]) << "run " << run << ", event " << i;
  }
}

}  // namespace
}  // namespace profile_train
