#pragma once

#include <span>
#include <string>
#include <string_view>

#include "profiler/analysis.h"
#include "reports/byte_sink.h"

namespace profile_train::reports {

/// A format that another program reads.
///
/// A writer walks through the analysis and keeps nothing that grows with the number of events: tables of names and
/// scopes, and what is live at one instant, at most. It cannot fail; what the sink cannot take is the sink's to report.
struct ExportFormat {
  std::string_view name;         ///< as the option that asks for it: "memory-viz"
  std::string_view description;  ///< for --help: what it is and what opens it
  void (*write)(const Analysis& analysis, ByteSink& out);
};

/// All of them, in the order of --help. A new one is a file and a line in formats.cpp.
std::span<const ExportFormat> export_formats();

void write_memory_viz_pickle(const Analysis& analysis, ByteSink& out);
void write_memory_viz_json(const Analysis& analysis, ByteSink& out);
void write_perfetto(const Analysis& analysis, ByteSink& out);
void write_chrome_trace(const Analysis& analysis, ByteSink& out);
void write_pprof(const Analysis& analysis, ByteSink& out);
void write_collapsed_stacks(const Analysis& analysis, ByteSink& out);
void write_speedscope(const Analysis& analysis, ByteSink& out);
void write_allocations_csv(const Analysis& analysis, ByteSink& out);

}  // namespace profile_train::reports
