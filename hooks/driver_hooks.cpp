#include "hooks/driver_hooks.h"

#include "hooks/cupti_records.h"

namespace profile_train::hooks {

void DriverHooks::begin_allocations() {
  if (!with_cupti_) {
    seen_.driver_limitation = "Driver allocations are not recorded: CUPTI was to be left alone.";
    return;
  }
  seen_.driver_limitation = cupti_.begin(load_cupti());
  seen_.driver_recorded = cupti_.begun();
}

void DriverHooks::begin_figures(int cuda_devices) { seen_.process_limitation = nvml_.begin(load_nvml(), cuda_devices); }

void DriverHooks::end() {
  if (cupti_.begun()) {
    const std::string lost = cupti_.end();
    if (seen_.driver_limitation.empty()) seen_.driver_limitation = lost;
    seen_.driver_records = cupti_.records_read();
    seen_.own_device_bytes = cupti_.own_device_bytes();
    seen_.profiler_bytes = cupti_records().memory_bytes();
  }
  if (const std::string never_told = nvml_.end(); seen_.process_limitation.empty())
    seen_.process_limitation = never_told;
}

void DriverHooks::note(TraceFooter& footer) const {
  footer.driver_recorded = seen_.driver_recorded;
  footer.driver_limitation = seen_.driver_limitation;
  footer.driver_records = seen_.driver_records;
  footer.own_device_bytes = seen_.own_device_bytes;
  footer.process_limitation = seen_.process_limitation;
  footer.profiler_bytes += seen_.profiler_bytes;
}

}  // namespace profile_train::hooks
