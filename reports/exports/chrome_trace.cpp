// A trace in the JSON form that chrome://tracing, Perfetto and many others read: a counter with all categories, steps
// and phases as slices. "Trace Event Format" describes it; times are microseconds.
//
// A counter must name all its series at each change, or they fall to 0; so this is by far the longest of the exports.

#include <fmt/format.h>

#include <string>

#include "reports/exports/format.h"
#include "reports/exports/levels.h"
#include "reports/exports/stacks.h"
#include "reports/exports/structured_writer.h"

namespace profile_train::reports {
namespace {

constexpr int kStepsThread = 1;
constexpr int kPhasesThread = 2;

std::string microseconds(std::uint64_t time_ns) { return fmt::format("{}.{:03}", time_ns / 1'000, time_ns % 1'000); }

class ChromeTraceWriter {
 public:
  ChromeTraceWriter(const Analysis& analysis, ByteSink& out)
      : analysis_(analysis), out_(out), pid_(analysis.trace.header.process_id), used_(used_categories(analysis)) {}

  void write() {
    out_.write("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"remarks\":[");
    bool first = true;
    for (const std::string& remark : remarks_on(analysis_.summary)) {
      out_.write(first ? "" : ",");
      out_.write(json_string(remark));
      first = false;
    }
    out_.write("]},\"traceEvents\":[\n");
    out_.write(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":"training memory"}}}})", pid_));
    name_thread(kStepsThread, "steps");
    name_thread(kPhasesThread, "phases");
    write_spans();
    write_levels();
    out_.write("\n]}\n");
  }

 private:
  void name_thread(int thread, std::string_view name) {
    out_.write(
        fmt::format(",\n"
                    R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":"{}"}}}})",
                    pid_, thread, name));
  }

  void slice(int thread, std::string_view name, std::uint64_t begin_ns, std::uint64_t end_ns, Bytes peak) {
    out_.write(
        fmt::format(",\n"
                    R"({{"ph":"X","name":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{"peak_requested_bytes":{}}}}})",
                    json_string(name), pid_, thread, microseconds(begin_ns), microseconds(end_ns - begin_ns), peak));
  }

  void write_spans() {
    for (const StepSummary& step : analysis_.summary.steps)
      slice(kStepsThread, fmt::format("step {}", step.step), time_of(analysis_, step.first_event),
            time_of(analysis_, step.last_event), step.peak.requested_bytes);
    for (const PhaseSummary& phase : analysis_.summary.phases)
      if (phase.phase != Phase::other)
        slice(kPhasesThread, to_string(phase.phase), phase.start_ns, phase.end_ns, phase.peak_bytes);
    const PeakInstant& peak = analysis_.summary.peak;
    out_.write(
        fmt::format(",\n"
                    R"({{"ph":"i","s":"p","name":"peak","pid":{},"tid":{},"ts":{},"args":{{"requested_bytes":{}}}}})",
                    pid_, kPhasesThread, microseconds(peak.time_ns), peak.requested_bytes));
  }

  void counter(std::string_view name, std::uint64_t time_ns, std::string_view values) {
    out_.write(
        fmt::format(",\n"
                    R"({{"ph":"C","name":"{}","pid":{},"ts":{},"args":{{{}}}}})",
                    name, pid_, microseconds(time_ns), values));
  }

  void write_levels() {
    const std::string name = analysis_.trace.inferred.empty() ? "requested bytes" : "requested bytes, inferred";
    for_each_level(analysis_, [&](std::uint64_t time_ns, const BytesByCategory& level, unsigned /*changed*/) {
      std::string values;
      for (std::size_t c = 0; c < kCategories; ++c)
        if ((used_ >> c & 1U) != 0)
          values += fmt::format("{}\"{}\":{}", values.empty() ? "" : ",", key_of(category_at(c)), level[c]);
      counter(name, time_ns, values);
    });
    for_each_reservation(analysis_, [&](std::uint64_t time_ns, Bytes bytes) {
      counter("reserved bytes", time_ns, fmt::format("\"reserved\":{}", bytes));
    });
  }

  const Analysis& analysis_;
  ByteSink& out_;
  std::int64_t pid_;
  unsigned used_;
};

}  // namespace

void write_chrome_trace(const Analysis& analysis, ByteSink& out) { ChromeTraceWriter(analysis, out).write(); }

}  // namespace profile_train::reports
