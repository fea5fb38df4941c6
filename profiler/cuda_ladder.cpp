#include <fmt/format.h>

#include <numeric>

#include "profiler/grouped.h"
#include "profiler/ladder.h"

namespace profile_train {
namespace {

constexpr Bytes kBlock = 512;  // what the caching allocator rounds requests up to

constexpr const char* kNoAllocatedPeak =
    "the allocator keeps one peak: it is from before the session, or the trace ended before it was read";

/// Rungs from the bottom up, each with the step from the one below it.
class Ladder {
 public:
  /// `parts` are of the step from the last rung that has a figure; none: it is not explained by figures.
  void measured(std::string rung, Bytes bytes, std::string explanation, std::vector<LadderPart> parts = {}) {
    LadderRung& added = add(std::move(rung), std::move(explanation));
    added.bytes = bytes;
    if (!parts.empty() && below_) {
      added.residual_bytes = std::accumulate(parts.begin(), parts.end(), bytes - *below_,
                                             [](Bytes left, const LadderPart& part) { return left - part.bytes; });
      added.parts = std::move(parts);
    }
    below_ = bytes;
  }
  void not_measured(std::string rung, std::string why) { add(std::move(rung), {}).why_not_measured = std::move(why); }
  /// A figure that is no rung.
  void beside(std::string rung, Bytes bytes, std::string explanation) {
    add(std::move(rung), std::move(explanation)).bytes = bytes;
  }
  std::vector<LadderRung> take() { return std::move(rungs_); }

 private:
  LadderRung& add(std::string rung, std::string explanation) {
    LadderRung& added = rungs_.emplace_back();
    added.rung = std::move(rung);
    added.explanation = std::move(explanation);
    return added;
  }

  std::vector<LadderRung> rungs_;
  std::optional<Bytes> below_;
};

/// A limitation is a sentence of its own; as a reason it is the end of one.
std::string reason(const std::string& limitation, const char* otherwise) {
  if (limitation.empty()) return otherwise;
  const std::size_t colon = limitation.find(": ");
  std::string why = colon == std::string::npos ? limitation : limitation.substr(colon + 2);
  if (why.ends_with('.')) why.pop_back();
  return why;
}

/// The replay of the allocator, if it is to be believed. It also knows a trace that was cut.
const AllocatorReplay* replay_of(const Summary& summary) {
  return summary.allocator && summary.allocator->agrees() ? &*summary.allocator : nullptr;
}

/// By the replay; else as the allocator told at the end.
std::optional<Bytes> allocated_peak(const Summary& summary) {
  if (const AllocatorReplay* replay = replay_of(summary)) return replay->allocated_peak.allocated_bytes;
  return summary.devices.front().reading(Gauge::allocator_allocated_peak);
}

void add_allocated(const Summary& summary, Ladder& ladder) {
  const auto allocated = allocated_peak(summary);
  if (!allocated) return ladder.not_measured("allocated", kNoAllocatedPeak);
  Bytes rounding = 0;
  for (const LiveAllocation& live : summary.live_at_peak) rounding += (kBlock - live.bytes % kBlock) % kBlock;
  std::vector<LadderPart> parts = {{"requests rounded up to 512 B", rounding}};
  std::string explanation =
      "in blocks; the residual is remainders too small to split off, and the distance between two peaks";
  if (const AllocatorReplay* replay = replay_of(summary)) {
    const AllocatorInstant& then = replay->at_peak;
    parts.push_back({"remainders not split off", then.allocated_bytes - then.requested_bytes - rounding});
    parts.push_back({"more at its own peak", *allocated - then.allocated_bytes});
    explanation = "in blocks, by the replay of the allocator";
  }
  ladder.measured("allocated", *allocated, std::move(explanation), std::move(parts));
}

void add_reserved(const Summary& summary, Ladder& ladder) {
  const DeviceTotals& device = summary.devices.front();
  if (device.reserved_peak_bytes == 0)
    return ladder.not_measured("reserved", "the trace has no segments of this device");
  std::vector<LadderPart> parts;
  if (const AllocatorReplay* replay = replay_of(summary)) {
    const AllocatorInstant& then = replay->allocated_peak;
    parts = {{"free in segments: the allocator's cache", then.unused_bytes()},
             {"more at its own peak", device.reserved_peak_bytes - then.reserved_bytes}};
  } else if (const auto allocated = allocated_peak(summary)) {
    parts = {{"free in segments: the allocator's cache", device.reserved_peak_bytes - *allocated}};
  }
  ladder.measured("reserved", device.reserved_peak_bytes, "segments that the caching allocator got from the driver",
                  std::move(parts));
}

void add_driver(const Summary& summary, Ladder& ladder) {
  if (!summary.driver) {
    return ladder.not_measured("driver",
                               reason(summary.footer.driver_limitation, "the trace has no allocations of the driver"));
  }
  const DriverLevel& driver = *summary.driver;
  std::vector<LadderPart> parts;
  for (const DriverShare& share : driver.libraries)
    if (share.library != kCachingAllocator && share.at_peak_bytes != 0)
      parts.push_back(
          {share.library.empty() ? "a library that could not be told" : share.library, share.at_peak_bytes});
  if (parts.empty()) parts.push_back({"other libraries", 0});
  std::string explanation =
      "everything the process got from the driver since the session began, by library; most of it in ";
  explanation += driver.peak_step == 0 ? fmt::format("{}, outside every step", to_string(driver.peak_phase))
                                       : fmt::format("step {}, {}", driver.peak_step, to_string(driver.peak_phase));
  if (driver.carried_in_bytes > 0)
    explanation += fmt::format("; {} B of segments are from before, and so may be more of other libraries",
                               grouped(driver.carried_in_bytes));
  ladder.measured("driver", driver.peak_bytes, std::move(explanation), std::move(parts));
}

void add_process(const Summary& summary, Ladder& ladder) {
  const DeviceTotals& device = summary.devices.front();
  const auto process = device.reading(Gauge::process_peak);
  if (!process)
    return ladder.not_measured("process",
                               reason(summary.footer.process_limitation, "the trace has no reading of NVML"));
  std::vector<LadderPart> parts;
  if (const auto at_start = device.reading(Gauge::process_at_start); at_start && summary.driver)
    parts.push_back({"context and modules, when the session began", *at_start - summary.driver->at_start_bytes});
  std::string explanation = "what NVML counts for this process";
  if (summary.footer.simulated)
    explanation +=
        "; a simulated card has no context, no modules and no local memory of kernels, which a real one adds, and "
        "rounds "
        "up to 2 MiB";
  else
    explanation +=
        "; the residual is context and modules that came since, local memory of kernels, and the driver's rounding";
  if (summary.driver && *process < summary.driver->peak_bytes)
    explanation += "; it is asked at the ends of steps, and part had been given back by then";
  ladder.measured("process", *process, std::move(explanation), std::move(parts));
}

void add_device(const Summary& summary, Ladder& ladder) {
  const DeviceTotals& device = summary.devices.front();
  const auto total = device.reading(Gauge::device_total);
  const std::string of_total = total ? fmt::format("of {} B, ", grouped(*total)) : std::string{};
  const auto then = device.reading(Gauge::device_at_process_peak);
  const auto process = device.reading(Gauge::process_peak);
  if (then && process)
    return ladder.measured("device", *then, of_total + "used by all processes when this one had most",
                           {{"other processes, and what the driver keeps for itself", *then - *process}});
  if (const auto used = device.reading(Gauge::device_used))
    return ladder.measured("device", *used, of_total + "used by all processes when the session ended");
  ladder.not_measured("device", "the trace ended before the driver was asked");
}

void add_what_is_beside(const Summary& summary, Ladder& ladder) {
  constexpr const char* kPinned = "page-locked host memory";
  constexpr const char* kProfiler = "the profiler's own";
  if (!summary.driver) {
    const std::string why = reason(summary.footer.driver_limitation, "the trace has no allocations of the driver");
    ladder.not_measured(kPinned, why);
    return ladder.not_measured(kProfiler, why);
  }
  ladder.beside(kPinned, summary.driver->pinned_peak_bytes, "of the host, and no part of the device's");
  ladder.beside(kProfiler, summary.footer.own_device_bytes,
                "device and page-locked memory that the profiler allocated; what CUPTI may keep is in process");
}

}  // namespace

std::vector<LadderRung> cuda_ladder(const Summary& summary) {
  const bool confirmed =
      summary.devices.front().reading(Gauge::allocator_requested_peak) == summary.peak.requested_bytes;
  Ladder ladder;
  ladder.measured("requested", summary.peak.requested_bytes,
                  confirmed ? "sum over live tensors at the peak; the caching allocator counts the same"
                            : "sum over live tensors at the peak");
  add_allocated(summary, ladder);
  add_reserved(summary, ladder);
  add_driver(summary, ladder);
  add_process(summary, ladder);
  add_device(summary, ladder);
  add_what_is_beside(summary, ladder);
  return ladder.take();
}

}  // namespace profile_train
