#include "profiler/ladder.h"

#include <fmt/format.h>

#include "profiler/grouped.h"

namespace profile_train {
namespace {

constexpr const char* kNoResident =
    "the trace has no resident set size: it ended before its footer, or /proc was not readable";

constexpr const char* kNoAllocatedPeak =
    "the allocator keeps one peak: it is from before the session, or the trace ended before it was read";

LadderRung measured(std::string rung, Bytes bytes, std::string explanation) {
  return {.rung = std::move(rung), .bytes = bytes, .why_not_measured = {}, .explanation = std::move(explanation)};
}

LadderRung not_measured(std::string rung, std::string why) {
  return {.rung = std::move(rung), .bytes = std::nullopt, .why_not_measured = std::move(why), .explanation = {}};
}

}  // namespace

std::vector<LadderRung> cpu_ladder(Bytes requested_bytes, const TraceFooter& footer) {
  std::vector<LadderRung> ladder;
  ladder.push_back(measured("requested", requested_bytes, "sum over live tensors at the peak"));
  ladder.push_back(not_measured("allocated", "the CPU allocator passes every request on and keeps no cache"));
  ladder.push_back(not_measured("reserved", "the CPU allocator has no segments"));
  ladder.push_back(not_measured("driver", "no device driver is involved on the CPU"));

  if (footer.resident_peak_bytes == 0) {
    ladder.push_back(not_measured("outside tensors", kNoResident));
    ladder.push_back(not_measured("resident", kNoResident));
  } else {
    const Bytes outside = footer.resident_peak_bytes - requested_bytes;
    std::string explanation = "code, stacks, kernels' own scratch, pages malloc keeps, rounding to pages";
    if (footer.resident_at_start_bytes != 0)
      explanation +=
          fmt::format("; {} B were resident when the session began", grouped(footer.resident_at_start_bytes));
    if (outside < 0) explanation = "negative: tensors asked for memory that was never touched, so it has no pages";
    ladder.push_back(measured("outside tensors", outside, std::move(explanation)));
    ladder.push_back(measured("resident", footer.resident_peak_bytes, "highest resident set of the process"));
  }

  ladder.push_back(not_measured("process", "device memory by process exists on a GPU only; on the CPU it is resident"));
  ladder.push_back(not_measured("device", "memory used by all processes is not recorded on the CPU"));
  return ladder;
}

}  // namespace profile_train
