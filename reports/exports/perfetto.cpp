// A trace for ui.perfetto.dev: a counter for each category, their sum and what is reserved, and slices for steps and
// phases. Each line of it is a TracePacket of https://perfetto.dev/docs/reference/trace-packet-proto; the numbers below
// are the field numbers of its messages.

#include <fmt/format.h>

#include <numeric>
#include <string>

#include "reports/exports/format.h"
#include "reports/exports/levels.h"
#include "reports/exports/protobuf_writer.h"
#include "reports/exports/stacks.h"
#include "reports/format.h"

namespace profile_train::reports {
namespace {

namespace trace_field {
constexpr std::uint32_t kPacket = 1;
}
namespace packet_field {
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequence = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
}  // namespace packet_field
namespace descriptor_field {
constexpr std::uint32_t kUuid = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kProcess = 3;
constexpr std::uint32_t kParent = 5;
constexpr std::uint32_t kCounter = 8;
constexpr std::uint32_t kProcessId = 1;
constexpr std::uint32_t kProcessName = 6;
constexpr std::uint32_t kUnit = 3;
}  // namespace descriptor_field
namespace event_field {
constexpr std::uint32_t kAnnotation = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kTrack = 11;
constexpr std::uint32_t kName = 23;
constexpr std::uint32_t kCounterValue = 30;
constexpr std::uint32_t kAnnotationText = 6;
constexpr std::uint32_t kAnnotationName = 10;
}  // namespace event_field

enum class EventType : std::uint8_t { slice_begin = 1, slice_end = 2, instant = 3, counter = 4 };

// Ids of tracks: anything unique in the trace.
constexpr std::uint64_t kProcessTrack = 1;
constexpr std::uint64_t kSteps = 2;
constexpr std::uint64_t kPhaseTrack = 3;
constexpr std::uint64_t kTotal = 4;
constexpr std::uint64_t kReserved = 5;
constexpr std::uint64_t kFirstCategory = 10;

class PerfettoWriter {
 public:
  PerfettoWriter(const Analysis& analysis, ByteSink& out) : analysis_(analysis), out_(out) {}

  void write() {
    describe_tracks();
    write_spans();
    write_peak();
    write_levels();
    for_each_reservation(analysis_, [this](std::uint64_t time, Bytes bytes) { count(kReserved, time, bytes); });
  }

 private:
  void put_packet(ProtobufMessage& packet) {
    packet.integer(packet_field::kSequence, std::uint64_t{1});
    if (first_) packet.integer(packet_field::kSequenceFlags, std::uint64_t{1});  // SEQ_INCREMENTAL_STATE_CLEARED
    first_ = false;
    ProtobufMessage trace;
    trace.message(trace_field::kPacket, packet);
    out_.write(trace.data());
  }

  void describe(ProtobufMessage& descriptor) {
    ProtobufMessage packet;
    packet.message(packet_field::kTrackDescriptor, descriptor);
    put_packet(packet);
  }

  void describe_child(std::uint64_t track, std::string_view name, bool counts_bytes) {
    ProtobufMessage descriptor;
    descriptor.integer(descriptor_field::kUuid, track);
    descriptor.bytes(descriptor_field::kName, name);
    descriptor.integer(descriptor_field::kParent, kProcessTrack);
    if (counts_bytes) {
      ProtobufMessage counter;
      counter.integer(descriptor_field::kUnit, std::uint64_t{3});  // UNIT_SIZE_BYTES
      descriptor.message(descriptor_field::kCounter, counter);
    }
    describe(descriptor);
  }

  void describe_tracks() {
    ProtobufMessage process;
    process.integer(descriptor_field::kProcessId, analysis_.trace.header.process_id);
    std::string name;
    for (const std::string& remark : remarks_on(analysis_.summary)) name += (name.empty() ? "" : " · ") + remark;
    process.bytes(descriptor_field::kProcessName, name);
    ProtobufMessage descriptor;
    descriptor.integer(descriptor_field::kUuid, kProcessTrack);
    descriptor.message(descriptor_field::kProcess, process);
    describe(descriptor);

    describe_child(kSteps, "steps", false);
    describe_child(kPhaseTrack, "phases", false);
    describe_child(kTotal, "requested", true);
    if (!analysis_.summary.devices.empty() && analysis_.summary.devices.front().reserved_peak_bytes > 0)
      describe_child(kReserved, "reserved", true);
    const unsigned used = used_categories(analysis_);
    for (std::size_t c = 0; c < kCategories; ++c)
      if ((used >> c & 1U) != 0)
        describe_child(kFirstCategory + c, category_label(category_at(c), analysis_.trace), true);
  }

  void put_event(std::uint64_t time_ns, ProtobufMessage& event, EventType type, std::uint64_t track) {
    event.integer(event_field::kType, static_cast<std::uint64_t>(type));
    event.integer(event_field::kTrack, track);
    ProtobufMessage packet;
    packet.integer(packet_field::kTimestamp, time_ns);
    packet.message(packet_field::kTrackEvent, event);
    put_packet(packet);
  }

  void slice(std::uint64_t track, std::string_view name, std::uint64_t begin_ns, std::uint64_t end_ns,
             std::string_view note) {
    ProtobufMessage begin;
    begin.bytes(event_field::kName, name);
    ProtobufMessage annotation;
    annotation.bytes(event_field::kAnnotationName, "peak");
    annotation.bytes(event_field::kAnnotationText, note);
    begin.message(event_field::kAnnotation, annotation);
    put_event(begin_ns, begin, EventType::slice_begin, track);
    ProtobufMessage end;
    put_event(end_ns, end, EventType::slice_end, track);
  }

  void write_spans() {
    for (const StepSummary& step : analysis_.summary.steps)
      slice(kSteps, fmt::format("step {}", step.step), time_of(analysis_, step.first_event),
            time_of(analysis_, step.last_event), format_exact_bytes(step.peak.requested_bytes));
    for (const PhaseSummary& phase : analysis_.summary.phases)
      if (phase.phase != Phase::other)
        slice(kPhaseTrack, to_string(phase.phase), phase.start_ns, phase.end_ns, format_exact_bytes(phase.peak_bytes));
  }

  void write_peak() {
    const PeakInstant& peak = analysis_.summary.peak;
    ProtobufMessage event;
    event.bytes(event_field::kName, "peak " + format_exact_bytes(peak.requested_bytes));
    put_event(peak.time_ns, event, EventType::instant, kPhaseTrack);
  }

  void count(std::uint64_t track, std::uint64_t time_ns, Bytes bytes) {
    ProtobufMessage event;
    event.integer(event_field::kCounterValue, bytes);
    put_event(time_ns, event, EventType::counter, track);
  }

  void write_levels() {
    for_each_level(analysis_, [this](std::uint64_t time_ns, const BytesByCategory& level, unsigned changed) {
      for (std::size_t c = 0; c < kCategories; ++c)
        if ((changed >> c & 1U) != 0) count(kFirstCategory + c, time_ns, level[c]);
      count(kTotal, time_ns, std::accumulate(level.begin(), level.end(), Bytes{0}));
    });
  }

  const Analysis& analysis_;
  ByteSink& out_;
  bool first_ = true;
};

}  // namespace

void write_perfetto(const Analysis& analysis, ByteSink& out) { PerfettoWriter(analysis, out).write(); }

}  // namespace profile_train::reports
