// A profile for speedscope.app: one sample for each stack that holds memory at the peak, its weight in bytes.
// https://www.speedscope.app/file-format-schema.json describes the format.

#include <fmt/format.h>

#include <map>

#include "reports/exports/format.h"
#include "reports/exports/stacks.h"
#include "reports/exports/structured_writer.h"

namespace profile_train::reports {
namespace {

/// Frames are listed once and referred to by position.
class FrameTable {
 public:
  std::int64_t position_of(const std::string& name) {
    return positions_.try_emplace(name, static_cast<std::int64_t>(positions_.size())).first->second;
  }
  std::vector<std::string_view> in_order() const {
    std::vector<std::string_view> names(positions_.size());
    for (const auto& [name, position] : positions_) names[static_cast<std::size_t>(position)] = name;
    return names;
  }

 private:
  std::map<std::string, std::int64_t> positions_;
};

std::vector<std::string> frames_with_category(const PeakStack& stack, const Trace& trace) {
  std::vector<std::string> frames = frames_of(stack, trace);
  frames.push_back(fmt::format("[{}]", category_label(stack.category, trace)));
  return frames;
}

}  // namespace

void write_speedscope(const Analysis& analysis, ByteSink& out) {
  const std::vector<PeakStack> stacks = stacks_at_peak(analysis);
  FrameTable frames;
  for (const PeakStack& stack : stacks)
    for (const std::string& frame : frames_with_category(stack, analysis.trace)) frames.position_of(frame);

  JsonWriter json(out);
  json.begin_dict();
  json.entry("$schema", std::string_view("https://www.speedscope.app/file-format-schema.json"));
  json.entry("exporter", std::string_view(remarks_on(analysis.summary).front()));
  json.entry("name", std::string_view("live at the peak"));
  json.key("shared");
  json.begin_dict();
  json.key("frames");
  json.begin_list();
  for (const std::string_view name : frames.in_order()) {
    json.begin_dict();
    json.entry("name", name);
    json.end_dict();
  }
  json.end_list();
  json.end_dict();

  json.key("profiles");
  json.begin_list();
  json.begin_dict();
  json.entry("type", std::string_view("sampled"));
  std::string name = "live at the peak";
  for (const std::string& warning : analysis.summary.warnings) name += " · " + warning;
  json.entry("name", std::string_view(name));
  json.entry("unit", std::string_view("bytes"));
  json.entry("startValue", std::int64_t{0});
  json.entry("endValue", analysis.summary.peak.requested_bytes);
  json.key("samples");
  json.begin_list();
  for (const PeakStack& stack : stacks) {
    json.begin_list();
    for (const std::string& frame : frames_with_category(stack, analysis.trace))
      json.integer(frames.position_of(frame));
    json.end_list();
  }
  json.end_list();
  json.key("weights");
  json.begin_list();
  for (const PeakStack& stack : stacks) json.integer(stack.bytes);
  json.end_list();
  json.end_dict();
  json.end_list();
  json.end_dict();
}

}  // namespace profile_train::reports
