// What NVML tells, from an NVML that answers as each test says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "hooks/nvml.h"
#include "recorded_events.h"

namespace profile_train::hooks {
namespace {

using test::RecordedEvents;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Bytes kMiB = 1 << 20;

class FakeNvml {
 public:
  FakeNvml() {
    fake = this;
    api.init = [] { return fake->init_result; };
    api.shutdown = [] {
      ++fake->shutdowns;
      return NvmlResult::success;
    };
    api.error_string = [](NvmlResult result) {
      return result == NvmlResult::driver_not_loaded ? "Driver Not Loaded" : "Insufficient Permissions";
    };
    api.device_by_pci_bus_id = [](const char* id, NvmlDevice* device) {
      *device = reinterpret_cast<NvmlDevice>(&fake->cards.at(std::strtoul(id, nullptr, 16)));
      return NvmlResult::success;
    };
    api.memory = [](NvmlDevice, NvmlMemory* memory) {
      *memory = {fake->total_bytes, fake->total_bytes - fake->device_bytes, fake->device_bytes};
      return NvmlResult::success;
    };
    api.compute_processes = [](NvmlDevice, unsigned* count, NvmlProcess* listed) {
      ++fake->readings;
      if (fake->processes_result != NvmlResult::success) return fake->processes_result;
      const unsigned room = *count;
      *count = static_cast<unsigned>(fake->processes.size());
      if (room < *count) return NvmlResult::insufficient_size;
      std::copy(fake->processes.begin(), fake->processes.end(), listed);
      return NvmlResult::success;
    };
    api.pci_bus_id = [](char* id, int length, int device) {
      std::snprintf(id, static_cast<std::size_t>(length), "%x", device);
      return fake->cards_known ? 0 : 1;
    };
  }

  void set_process(Bytes bytes) {
    processes = {{1, 1, 0, 0}, {static_cast<unsigned>(getpid()), static_cast<unsigned long long>(bytes), 0, 0}};
  }

  static inline FakeNvml* fake = nullptr;
  NvmlApi api;
  NvmlResult init_result = NvmlResult::success;
  NvmlResult processes_result = NvmlResult::success;
  std::vector<NvmlProcess> processes;
  unsigned long long device_bytes = 900ULL << 20;
  unsigned long long total_bytes = 1000ULL << 20;
  bool cards_known = true;
  std::array<char, 8> cards{};  ///< a handle points to one
  int readings = 0;
  int shutdowns = 0;
};

struct NvmlHookTest : testing::Test {
  Bytes told(const std::vector<Event>& events, Gauge gauge) {
    Bytes bytes = -1;
    for (const Event& event : events)
      if (event.kind == EventKind::gauge && event.gauge() == gauge) bytes = event.bytes;
    return bytes;
  }

  FakeNvml nvml;
  RecordedEvents recorded;
  NvmlHook hook{recorded.sink};
};

TEST_F(NvmlHookTest, TellsOfThisProcessAtTheStartAndAtItsHighest) {
  nvml.set_process(500 * kMiB);
  EXPECT_EQ(hook.begin(nvml.api, 1), "");
  auto events = recorded.take();
  EXPECT_EQ(told(events, Gauge::process_at_start), 500 * kMiB);
  EXPECT_EQ(told(events, Gauge::process_peak), 500 * kMiB);
  EXPECT_EQ(told(events, Gauge::device_at_process_peak), 900 * kMiB);
  nvml.set_process(700 * kMiB);
  nvml.device_bytes = 950ULL << 20;
  EXPECT_EQ(hook.end(), "");
  events = recorded.take();
  EXPECT_EQ(told(events, Gauge::process_at_start), -1);
  EXPECT_EQ(told(events, Gauge::process_peak), 700 * kMiB);
  EXPECT_EQ(told(events, Gauge::device_at_process_peak), 950 * kMiB);
  EXPECT_EQ(nvml.shutdowns, 1);
}

TEST_F(NvmlHookTest, AProcessThatIsListedLaterHadNothingAtTheStart) {
  hook.begin(nvml.api, 1);
  EXPECT_TRUE(recorded.take().empty());
  nvml.set_process(700 * kMiB);
  EXPECT_EQ(hook.end(), "");
  const auto events = recorded.take();
  EXPECT_EQ(told(events, Gauge::process_at_start), 0);
  EXPECT_EQ(told(events, Gauge::process_peak), 700 * kMiB);
}

TEST_F(NvmlHookTest, SaysNothingWhenTheFigureDoesNotRise) {
  nvml.set_process(500 * kMiB);
  hook.begin(nvml.api, 1);
  recorded.take();
  nvml.set_process(400 * kMiB);
  EXPECT_EQ(hook.end(), "");
  EXPECT_TRUE(recorded.take().empty());
}

TEST_F(NvmlHookTest, ReadsAgainOnlyWhenItIsDue) {
  nvml.set_process(kMiB);
  hook.begin(nvml.api, 1);
  const auto begun = std::chrono::steady_clock::now();
  const int before = nvml.readings;
  while (nvml.readings == before && std::chrono::steady_clock::now() - begun < std::chrono::seconds(10))
    hook.read_if_due();
  EXPECT_EQ(nvml.readings, before + 1);
  hook.end();
}

TEST_F(NvmlHookTest, KeepsDevicesApart) {
  nvml.set_process(kMiB);
  hook.begin(nvml.api, 3);
  std::set<int> devices;
  for (const Event& event : recorded.take()) devices.insert(event.device_index);
  EXPECT_EQ(devices, (std::set{0, 1, 2}));
  hook.end();
}

TEST_F(NvmlHookTest, AListLongerThanExpectedIsAskedForAgain) {
  nvml.processes.assign(300, {1, 1, 0, 0});
  nvml.processes.push_back({static_cast<unsigned>(getpid()), 7ULL << 20, 0, 0});
  EXPECT_EQ(hook.begin(nvml.api, 1), "");
  EXPECT_EQ(told(recorded.take(), Gauge::process_peak), 7 * kMiB);
  EXPECT_EQ(hook.end(), "");
}

// What can be wrong: each has its sentence.

TEST_F(NvmlHookTest, WithoutTheLibrary) {
  constexpr std::array<const char*, 1> kNone = {"libno_such_nvml.so.1"};
  EXPECT_THAT(hook.begin(load_nvml(kNone), 1),
              StartsWith("Device memory by process is not measured: NVML is not there: libno_such_nvml.so.1: "));
  EXPECT_EQ(hook.end(), "");
}

TEST_F(NvmlHookTest, WithALibraryThatIsNoNvml) {
  constexpr std::array<const char*, 1> kOther = {"libm.so.6"};
  EXPECT_EQ(hook.begin(load_nvml(kOther), 1),
            "Device memory by process is not measured: NVML is not there: libm.so.6 lacks nvmlInit_v2.");
}

TEST_F(NvmlHookTest, WithoutADriver) {
  nvml.init_result = NvmlResult::driver_not_loaded;
  EXPECT_EQ(hook.begin(nvml.api, 1), "Device memory by process is not measured: NVML answers \"Driver Not Loaded\".");
  EXPECT_EQ(hook.end(), "");
  EXPECT_EQ(nvml.shutdowns, 0);
}

TEST_F(NvmlHookTest, WithoutPermission) {
  nvml.processes_result = NvmlResult::no_permission;
  EXPECT_EQ(hook.begin(nvml.api, 1), "");
  EXPECT_EQ(hook.end(), "Device memory by process is not measured: NVML answers \"Insufficient Permissions\".");
}

TEST_F(NvmlHookTest, InAContainerThatHasNumbersOfItsOwn) {
  nvml.processes = {{1, 1, 0, 0}};
  hook.begin(nvml.api, 1);
  EXPECT_THAT(hook.end(), HasSubstr("NVML lists no process " + std::to_string(getpid()) + "; in a container"));
  EXPECT_TRUE(recorded.take().empty());
}

TEST_F(NvmlHookTest, WhereTheDriverKeepsItToItself) {
  nvml.set_process(0);
  nvml.processes.back().used_bytes = kNvmlNotAvailable;
  hook.begin(nvml.api, 1);
  EXPECT_EQ(hook.end(),
            "Device memory by process is not measured: the driver does not tell NVML how much a process has.");
}

TEST_F(NvmlHookTest, OfCardsThatItDoesNotKnow) {
  nvml.cards_known = false;
  hook.begin(nvml.api, 1);
  EXPECT_EQ(hook.end(), "Device memory by process is not measured: NVML does not know the card of cuda:0.");
}

}  // namespace
}  // namespace profile_train::hooks
