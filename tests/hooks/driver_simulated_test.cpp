// The hooks of the driver and of NVML on the simulated card, whose functions are linked into this program.

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "hooks/cupti_hook.h"
#include "hooks/nvml.h"
#include "recorded_events.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::hooks {
namespace {

using test::RecordedEvents;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// What `body` says in a process of its own, where the simulation does what `faults` tells it to: it takes its settings
/// once in the life of a process.
template <typename Body>
std::string on_a_card_with(const std::string& faults, Body body) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto settings = simulator::h200_settings();
    settings.faults = faults;
    simulator::simulate(settings);
    const std::string said = body();
    const bool written = write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    _exit(written && !testing::Test::HasFailure() ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  std::array<char, 4096> part{};
  for (ssize_t read_bytes = 0; (read_bytes = read(ends[0], part.data(), part.size())) > 0;)
    said.append(part.data(), static_cast<std::size_t>(read_bytes));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return said;
}

void* device_memory(std::size_t bytes) {
  void* pointer = nullptr;
  EXPECT_EQ(cudaMalloc(&pointer, bytes), cudaSuccess);
  return pointer;
}

/// A session around some allocations: what begin() and end() say, one after the other.
std::string said_by_a_session() {
  RecordedEvents recorded;
  CuptiHook hook(recorded.sink);
  std::string said = hook.begin(load_cupti());
  cudaFree(device_memory(kMiB));
  void* from_pool = nullptr;
  cudaMallocAsync(&from_pool, kMiB, nullptr);
  cudaFreeAsync(from_pool, nullptr);
  return said + hook.end();
}

struct OfKind {
  const RecordedEvents& recorded;
  std::vector<Event> events;
  std::vector<Event> operator()(EventKind kind, DriverMemory memory) const {
    std::vector<Event> found;
    for (const Event& event : events)
      if (event.kind == kind && event.driver_memory() == memory) found.push_back(event);
    return found;
  }
};

TEST(SimulatedDriver, EveryKindOfMemoryIsRecorded) {
  EXPECT_EQ(on_a_card_with(
                "",
                [] {
                  RecordedEvents recorded;
                  CuptiHook hook(recorded.sink);
                  EXPECT_EQ(hook.begin(load_cupti()), "");
                  void* const plain = device_memory(3 * kMiB);
                  void* pinned = nullptr;
                  cudaHostAlloc(&pinned, 4096, 0);
                  void* pooled = nullptr;
                  cudaMallocAsync(&pooled, kMiB, nullptr);
                  CUmemAllocationProp where{};
                  where.type = CU_MEM_ALLOCATION_TYPE_PINNED;
                  where.location = {CU_MEM_LOCATION_TYPE_DEVICE, {0}};
                  CUmemGenericAllocationHandle handle = 0;
                  cuMemCreate(&handle, 2 * kMiB, &where, 0);
                  CUdeviceptr place = 0;
                  cuMemAddressReserve(&place, 2 * kMiB, 0, 0, 0);
                  cuMemMap(place, 2 * kMiB, 0, handle, 0);
                  cuMemUnmap(place, 2 * kMiB);
                  cuMemRelease(handle);
                  cudaFreeAsync(pooled, nullptr);
                  cudaFreeHost(pinned);
                  cudaFree(plain);
                  EXPECT_EQ(hook.end(), "");
                  EXPECT_GT(hook.records_read(), 0U);
                  EXPECT_EQ(hook.own_device_bytes(), 0);

                  const OfKind of{recorded, recorded.take()};
                  for (const DriverMemory memory :
                       {DriverMemory::device, DriverMemory::pinned, DriverMemory::pooled, DriverMemory::physical}) {
                    const auto given = of(EventKind::driver_allocate, memory);
                    // Whether what came from a pool was released one way or the other is the call's affair.
                    const auto taken = of(EventKind::driver_free, memory);
                    if (given.size() != 1 || taken.size() != 1) return std::string("number of one kind");
                    if (given[0].address != taken[0].address) return std::string("another address");
                  }
                  if (of(EventKind::driver_allocate, DriverMemory::device)[0].bytes != 3 * kMiB)
                    return std::string("bytes");
                  const auto mapped = of(EventKind::driver_map, DriverMemory::physical);
                  if (mapped.size() != 1 || mapped[0].address != place || mapped[0].bytes != static_cast<Bytes>(handle))
                    return std::string("map");
                  const auto pools = of(EventKind::driver_pool, DriverMemory::device);
                  if (pools.empty() || pools[0].bytes < static_cast<Bytes>(kMiB)) return std::string("pool");
                  return std::string("as it should be");
                }),
            "as it should be");
}

TEST(SimulatedDriver, WithoutFaultsNothingIsToSay) { EXPECT_EQ(on_a_card_with("", said_by_a_session), ""); }

TEST(SimulatedDriver, ThatSomebodyElseHolds) {
  EXPECT_EQ(
      on_a_card_with("cuptiSubscribe=39", said_by_a_session),
      "Driver allocations are not recorded: \"CUPTI for an injected fault\" holds CUPTI, which serves one profiler at "
      "a time; end it before the session begins.");
  EXPECT_THAT(on_a_card_with("",
                             [] {
                               RecordedEvents recorded;
                               CuptiHook first(recorded.sink);
                               first.begin(load_cupti());
                               return said_by_a_session();
                             }),
              HasSubstr("\"CUPTI for profile-train\" holds CUPTI"));
}

TEST(SimulatedDriver, WhoseCuptiIsNotInitialised) {
  EXPECT_THAT(
      on_a_card_with("cuptiSubscribe=999", said_by_a_session),
      StartsWith("Driver allocations are not recorded: CUPTI could not be initialised, CUPTI_ERROR_UNKNOWN (999)"));
}

TEST(SimulatedDriver, WithoutPrivileges) {
  for (const char* fault : {"cuptiSubscribe=35", "cuptiEnableCallback=35"})
    EXPECT_THAT(on_a_card_with(fault, said_by_a_session),
                HasSubstr("only administrators profile, CUPTI_ERROR_INSUFFICIENT_PRIVILEGES (35)"));
}

TEST(SimulatedDriver, WhoseRecordsCannotBeHad) {
  for (const char* fault : {"cuptiActivityEnable=27", "cuptiActivityRegisterCallbacks=27"})
    EXPECT_THAT(on_a_card_with(fault, said_by_a_session),
                StartsWith("Driver allocations lack variables of CUDA modules, and what pools hold without using it: "
                           "CUPTI answers CUPTI_ERROR_"));
}

TEST(SimulatedDriver, WhoseRecordsAreLost) {
  EXPECT_THAT(on_a_card_with("cuptiRecord=1", said_by_a_session), HasSubstr("incomplete: CUPTI dropped 4;"));
  EXPECT_THAT(on_a_card_with("cuptiActivityFlushAll=999", said_by_a_session), HasSubstr("could not be flushed"));
}

std::string mebibytes(Bytes bytes) { return std::to_string(bytes / static_cast<Bytes>(kMiB)); }

/// What begin() and end() of NVML's hook say, and the last figure of each gauge.
std::string said_by_nvml() {
  RecordedEvents recorded;
  device_memory(10 * kMiB);
  NvmlHook hook(recorded.sink);
  std::string said = hook.begin(load_nvml(), 1);
  device_memory(5 * kMiB);
  said += hook.end();
  for (const Event& event : recorded.take())
    said.append(" ").append(std::to_string(event.detail)).append(":").append(mebibytes(event.bytes));
  return said;
}

TEST(SimulatedNvml, TellsWhatTheProcessHolds) {
  // 10 MiB and 5 MiB in units of 2 MiB, as the driver charges them. There are no other processes, and no context.
  EXPECT_EQ(on_a_card_with("", said_by_nvml), " 6:10 4:10 5:10 4:16 5:16");
}

TEST(SimulatedNvml, WithoutADriver) {
  EXPECT_EQ(on_a_card_with("nvmlInit=9", said_by_nvml),
            "Device memory by process is not measured: NVML answers \"Driver Not Loaded\".");
}

TEST(SimulatedNvml, WithoutPermission) {
  EXPECT_EQ(on_a_card_with("nvmlDeviceGetComputeRunningProcesses=4", said_by_nvml),
            "Device memory by process is not measured: NVML answers \"Insufficient Permissions\".");
}

}  // namespace
}  // namespace profile_train::hooks
