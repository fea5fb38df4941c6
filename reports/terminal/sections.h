#pragma once

#include "profiler/summary.h"
#include "reports/terminal.h"
#include "reports/terminal/page.h"

namespace profile_train::reports {

// The sections of the terminal report. Each writes itself, its title included, or nothing if it has nothing to say.
// The list in terminal.cpp decides their order.

void header_section(const Summary& summary, const TerminalOptions& options, Page& page);
void warnings_section(const Summary& summary, const TerminalOptions& options, Page& page);
void out_of_memory_section(const Summary& summary, const TerminalOptions& options, Page& page);
void steps_section(const Summary& summary, const TerminalOptions& options, Page& page);
void phases_section(const Summary& summary, const TerminalOptions& options, Page& page);
void recomputation_section(const Summary& summary, const TerminalOptions& options, Page& page);
void peak_section(const Summary& summary, const TerminalOptions& options, Page& page);
void live_section(const Summary& summary, const TerminalOptions& options, Page& page);
void places_section(const Summary& summary, const TerminalOptions& options, Page& page);
void model_section(const Summary& summary, const TerminalOptions& options, Page& page);
void ladder_section(const Summary& summary, const TerminalOptions& options, Page& page);
void fragmentation_section(const Summary& summary, const TerminalOptions& options, Page& page);
void growth_section(const Summary& summary, const TerminalOptions& options, Page& page);
void recording_section(const Summary& summary, const TerminalOptions& options, Page& page);
void files_section(const Summary& summary, const TerminalOptions& options, Page& page);

}  // namespace profile_train::reports
