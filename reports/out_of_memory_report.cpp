#include "reports/out_of_memory_report.h"

#include <fmt/format.h>

#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "reports/json.h"
#include "reports/output_file.h"
#include "reports/terminal.h"

namespace profile_train::reports {

Result<std::filesystem::path> write_out_of_memory_report(const std::string& trace_path) {
  auto trace = read_trace(trace_path);
  if (!trace) return tl::unexpected(trace.error());
  const Summary summary = analyse(std::move(*trace)).summary;
  if (summary.out_of_memory.empty())
    return failure(fmt::format("{} holds no failed request; there is nothing to report.", trace_path));

  const std::filesystem::path base = std::filesystem::path(trace_path).replace_extension("out_of_memory");
  const std::filesystem::path text = base.string() + ".txt";
  constexpr TerminalOptions kForAFile{.colour = false, .width = 100, .top = 20, .files = {}};
  if (auto written = write_output_file(text, render_out_of_memory(summary, kForAFile), IfExists::replace); !written)
    return tl::unexpected(written.error());
  if (auto written = write_output_file(base.string() + ".json", to_json(summary), IfExists::replace); !written)
    return tl::unexpected(written.error());
  return text;
}

}  // namespace profile_train::reports
