// write_exports FOLDER: every export of a few traces, with the JSON report they must agree with, for check_exports.py.
//
//   NAME.report.json    the report; NAME.events.json   the events, from which the check counts for itself
//   NAME.<format>       one file for each of reports/exports/

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "profiler/analysis.h"
#include "reports/exports/format.h"
#include "reports/json.h"
#include "reports/output_file.h"
#include "tests/browser/sample_trace.h"
#include "tests/reports/exports/export_traces.h"

namespace {

using namespace profile_train;

void require(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

/// [[kind, device type, device index, address, bytes], …]
std::string events_of(const Trace& trace) {
  std::string rows;
  for (const Event& e : trace.events)
    rows += fmt::format("{}[\"{}\",{},{},{},{}]", rows.empty() ? "" : ",\n", to_string(e.kind),
                        static_cast<int>(e.device), static_cast<int>(e.device_index), e.address, e.bytes);
  return "[" + rows + "]\n";
}

void write(const std::filesystem::path& folder, const std::string& name, Trace trace) {
  using reports::IfExists;
  require(reports::write_output_file(folder / (name + ".events.json"), events_of(trace), IfExists::replace));
  const Analysis analysis = analyse(std::move(trace));
  require(reports::write_output_file(folder / (name + ".report.json"), reports::to_json(analysis.summary),
                                     IfExists::replace));
  for (const reports::ExportFormat& format : reports::export_formats()) {
    auto file = reports::ReportFile::create(folder / fmt::format("{}.{}", name, format.name), IfExists::replace);
    if (!file) throw std::runtime_error(file.error().message);
    format.write(analysis, *file);
    require(file->commit());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: write_exports FOLDER\n");
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    write(folder, "sample", sample_trace({}));
    write(folder, "damaged", sample_trace({.steps = 2, .damaged = true}));
    write(folder, "card", test::card_trace());
    write(folder, "replayed", test::replayed_trace());
    write(folder, "inferred", test::inferred_trace());
    write(folder, "empty", Trace{});
  } catch (const std::exception& error) {
    fmt::print(stderr, "write_exports: {}\n", error.what());
    return 1;
  }
}
