#pragma once

#include <string>

#include "hooks/cupti_hook.h"
#include "hooks/nvml.h"
#include "profiler/trace.h"

namespace profile_train::hooks {

/// What lies beneath LibTorch's allocator, for one session: allocations of the driver, through CUPTI, and what NVML
/// counts. Either can be missing: training goes on, and the footer says why. Used on the session's thread.
class DriverHooks {
 public:
  DriverHooks(EventSink& sink, bool with_cupti) : with_cupti_(with_cupti), cupti_(sink), nvml_(sink) {}

  void begin_allocations();              ///< before CUDA is set up, so that nothing is missed
  void begin_figures(int cuda_devices);  ///< after
  void read_figures_if_due() { nvml_.read_if_due(); }
  void end();  ///< before EventSink::end()

  /// Adds what these hooks saw, lacked and took. After end().
  void note(TraceFooter& footer) const;

 private:
  const bool with_cupti_;
  CuptiHook cupti_;
  NvmlHook nvml_;
  TraceFooter seen_;
};

}  // namespace profile_train::hooks
