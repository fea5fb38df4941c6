#include "cli/simulation_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <cstring>

#include "reports/format.h"
#include "reports/terminal/page.h"

namespace profile_train::cli {

namespace {

using reports::Align;
using reports::Fit;
using reports::Page;
using reports::Style;
using reports::Table;

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", reports::format_count(count), noun, count == 1 ? "" : "s");
}

std::string both(std::int64_t bytes) {
  return fmt::format("{}, {}", reports::format_bytes(bytes), reports::format_exact_bytes(bytes));
}

std::string place(const ValueRead& read) { return read.source.empty() ? "a place that is not known" : read.source; }

std::string how_it_ended(const ProgramEnd& end) {
  const std::string after = " after " + reports::format_seconds(end.seconds);
  if (end.signal == 0) return fmt::format("exited with {}{}", end.exit_code, after);
  return fmt::format("ended by SIG{} ({}){}", sigabbrev_np(end.signal), sigdescr_np(end.signal), after);
}

void header(const SimulationRecord& record, Page& page) {
  const simulator::Settings& settings = record.settings;
  page.section("SIMULATED RUN", record.command);
  std::vector<std::string> facts = {fmt::format("{} ({})", settings.card.name, settings.card.key)};
  facts.push_back(settings.unlimited_memory ? "unlimited memory"
                                            : both(static_cast<std::int64_t>(settings.device_bytes())));
  if (settings.devices != 1) facts.push_back(plural(settings.devices, "device"));
  if (settings.world_size > 1) facts.push_back(fmt::format("rank {} of {}", settings.rank, settings.world_size));
  page.facts(facts);
  page.text(how_it_ended(record.end), record.end.failed() ? Style::bad : Style::plain);
  if (record.real_gpu) page.text("This machine has a GPU: it was not used, and no figure below is from it.");
}

void peak_rows(const DevicePeaks& peaks, Table& table) {
  const auto row = [&](const char* name, const std::optional<std::int64_t>& bytes, std::string why) {
    if (bytes) {
      table.row({name, reports::format_exact_bytes(*bytes), reports::format_bytes(*bytes), {why, Style::quiet}});
    } else {
      table.row({name, {"not reported: no allocator of PyTorch was seen on this device", Style::quiet}});
    }
  };
  row("requested", peaks.requested_bytes, "what the tensors asked for");
  row("allocated", peaks.allocated_bytes,
      peaks.step ? fmt::format("in blocks of PyTorch's allocator; reached in step {}", *peaks.step)
                 : "in blocks of PyTorch's allocator");
  row("reserved", peaks.reserved_bytes, "taken from the driver by PyTorch's allocator");
  row("driver", peaks.driver_bytes, "all that the program took of the device");
}

/// Sentences on why all figures may be too low. None: those of the allocator are exact.
std::vector<std::string> doubts(const ProcessRecord& process) {
  std::vector<std::string> sentences;
  std::vector<std::string> places;
  std::int64_t shape_reads = 0;
  for (const ValueRead& read : process.reads) {
    if (read.kind != "shape") continue;
    shape_reads += read.times;
    places.push_back(fmt::format("{} ({})", place(read), read.operation));
  }
  if (shape_reads > 0) {
    sentences.push_back(fmt::format("{} at {}: the size of a tensor came from values that are not known here.",
                                    plural(shape_reads, "shape-steering read"), fmt::join(places, ", ")));
  }
  for (const CountedText& entry : process.memory_not_included) {
    if (!entry.by_library)
      sentences.push_back(fmt::format("not counted, {}: {}.", plural(entry.times, "time"), entry.what));
  }
  for (const CountedText& entry : process.calls_not_implemented) {
    sentences.push_back(
        fmt::format("{} is not implemented and returned an error, {}.", entry.what, plural(entry.times, "time")));
  }
  return sentences;
}

void peaks_section(const SimulationRecord& record, const ProcessRecord& process, Page& page) {
  for (const DevicePeaks& peaks : process.devices) {
    if (!peaks.used()) continue;
    page.section("PEAK", record.settings.devices > 1 ? fmt::format("device {}", peaks.device) : "");
    Table table({{"", Align::left}, {"bytes"}, {"size"}, {"", Align::left, 20, Fit::wrap}});
    peak_rows(peaks, table);
    const auto context = record.settings.card.context_bytes;
    if (context) {
      const auto bytes = static_cast<std::int64_t>(*context);
      table.row({"context",
                 reports::format_exact_bytes(bytes),
                 reports::format_bytes(bytes),
                 {"the process's own, besides", Style::quiet}});
    } else {
      table.row({"context", {"not measured on this card: it comes on top", Style::quiet}});
    }
    page.table(table);
  }
  std::vector<std::string> facts = {
      fmt::format("{} launch{}", reports::format_count(process.launches), process.launches == 1 ? "" : "es")};
  if (process.steps > 0) facts.push_back(plural(process.steps, "optimizer step"));
  facts.push_back(process.pinned_peak_bytes > 0 ? fmt::format("pinned host memory {}", both(process.pinned_peak_bytes))
                                                : "no pinned host memory");
  page.facts(facts);
}

void exactness_section(const SimulationRecord& record, const ProcessRecord& process, Page& page) {
  const std::vector<std::string> reasons = doubts(process);
  for (const std::string& reason : reasons)
    page.text("under-estimate possible: " + reason, Style::warning, Page::kIndent, 2);
  if (reasons.empty() && (record.end.failed() || !process.stopped_because.empty())) {
    page.text("exact up to where the program ended");
  } else if (reasons.empty()) {
    page.text("exact: no size depended on a value, no call was missing, the program's allocator got all it asked for",
              Style::good);
  }
  std::vector<std::string> of_libraries;
  for (const CountedText& entry : process.memory_not_included) {
    if (entry.by_library) of_libraries.push_back(entry.what);
  }
  if (!of_libraries.empty()) {
    page.text(fmt::format("not included in the driver's figure: {}", fmt::join(of_libraries, "; ")), Style::quiet,
              Page::kIndent, 2);
  }
}

void reads_section(const ProcessRecord& process, Page& page) {
  Table table({{"where", Align::left, 16},
               {"what", Align::left, 12, Fit::wrap},
               {"answer", Align::left, 12, Fit::wrap},
               {"times"}});
  for (const ValueRead& read : process.reads) {
    if (read.kind == "shape" || read.kind == "copy") continue;
    table.row({place(read), fmt::format("{}, {}", read.kind, read.operation), read.answer,
               reports::format_count(read.times)});
  }
  if (table.empty()) return;
  page.section("VALUES THE PROGRAM ASKED FOR", "they are not known here, and were answered");
  page.table(table);
}

void failure_section(const SimulationRecord& record, const ProcessRecord& process, Page& page) {
  if (!process.stopped_because.empty()) page.text("! " + process.stopped_because + ".", Style::warning, 0, 2);
  if (!record.end.failed() || record.end.interrupted || !process.latest_read) return;
  const ValueRead& read = *process.latest_read;
  page.text(
      fmt::format("! The last value it asked for was {} at {}, answered {}. In a simulation nothing is computed, no "
                  "parameter changes and a loss is 0: a check of values fails that would hold on a card.",
                  read.operation, place(read), read.answer),
      Style::warning, 0, 2);
}

void others_section(const SimulationRecord& record, Page& page) {
  if (record.processes.size() < 2) return;
  page.section("OTHER PROCESSES", "each had the device to itself");
  Table table({{"process", Align::left}, {"driver bytes"}, {"launches"}, {"command", Align::left, 20}});
  for (std::size_t i = 1; i < record.processes.size(); ++i) {
    const ProcessRecord& process = record.processes[i];
    table.row({std::to_string(process.process), reports::format_exact_bytes(process.driver_bytes()),
               reports::format_count(process.launches), process.command});
  }
  page.table(table);
}

}  // namespace

std::string render_simulation(const SimulationRecord& record, const reports::TerminalOptions& options) {
  Page page(options.width, options.colour);
  header(record, page);
  if (record.processes.empty()) {
    page.text("The device was not used: no call to CUDA, cuBLAS, cuDNN or NCCL reached it.");
  } else {
    const ProcessRecord& process = record.processes.front();
    if (process.driver_bytes() == 0) page.text("No memory of the device was allocated.");
    peaks_section(record, process, page);
    exactness_section(record, process, page);
    failure_section(record, process, page);
    for (const std::string& note : process.notes) page.text("! " + note, Style::warning, 0, 2);
    reads_section(process, page);
    others_section(record, page);
  }
  for (const std::string& file : record.unreadable)
    page.text(fmt::format("! {} cannot be read: that process ended while it wrote.", file), Style::warning, 0, 2);
  return page.take();
}

}  // namespace profile_train::cli
