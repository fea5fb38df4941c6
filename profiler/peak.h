#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/phases.h"
#include "profiler/scope_path.h"
#include "profiler/steps.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Levels of one device, measured in one walk through a trace.
struct Levels {
  PeakInstant peak;                  ///< the first instant of the highest total
  BytesByCategory category_peaks{};  ///< the most each category ever held
  std::vector<PeakInstant> steps;    ///< the same in each step, in their order
  std::vector<PhaseSummary> phases;  ///< phases that were marked, and stretches between them that changed memory
};

/// Levels are those after an event; a span's peak includes the level it begins with.
Levels measure(const Trace& trace, const ScopePaths& paths, const std::vector<Allocation>& allocations,
               const std::vector<std::uint32_t>& deaths, const DeviceTotals& device,
               const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps);

}  // namespace profile_train
