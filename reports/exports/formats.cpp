#include <array>

#include "reports/exports/format.h"

namespace profile_train::reports {
namespace {

constexpr std::array kFormats = {
    ExportFormat{"pickle", "Write a snapshot.pickle for PyTorch's memory_viz to this file", write_memory_viz_pickle},
    ExportFormat{"memory-viz-json", "Write the same snapshot as JSON to this file", write_memory_viz_json},
    ExportFormat{"perfetto", "Write a trace for ui.perfetto.dev to this file", write_perfetto},
    ExportFormat{"chrome-trace", "Write a JSON trace for chrome://tracing to this file", write_chrome_trace},
    ExportFormat{"pprof", "Write what is live at the peak as a pprof profile to this file", write_pprof},
    ExportFormat{"collapsed", "Write the same as collapsed stacks, for flame graphs, to this file",
                 write_collapsed_stacks},
    ExportFormat{"speedscope", "Write the same for speedscope.app to this file", write_speedscope},
    ExportFormat{"csv", "Write one line for each allocation to this CSV file", write_allocations_csv},
};

}  // namespace

std::span<const ExportFormat> export_formats() { return kFormats; }

}  // namespace profile_train::reports
