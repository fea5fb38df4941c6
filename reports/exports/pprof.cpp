// A heap profile for `go tool pprof`, pprof's web page, speedscope and others: inuse_space and inuse_objects at the
// peak. https://github.com/google/pprof/blob/main/proto/profile.proto; the numbers below are the field numbers of its
// messages.

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "reports/exports/format.h"
#include "reports/exports/gzip.h"
#include "reports/exports/protobuf_writer.h"
#include "reports/exports/stacks.h"

namespace profile_train::reports {
namespace {

namespace profile_field {
constexpr std::uint32_t kSampleType = 1;
constexpr std::uint32_t kSample = 2;
constexpr std::uint32_t kLocation = 4;
constexpr std::uint32_t kFunction = 5;
constexpr std::uint32_t kText = 6;
constexpr std::uint32_t kPeriodType = 11;
constexpr std::uint32_t kPeriod = 12;
constexpr std::uint32_t kComment = 13;
constexpr std::uint32_t kDefaultSampleType = 14;
}  // namespace profile_field

class PprofWriter {
 public:
  PprofWriter(const Analysis& analysis, ByteSink& out) : analysis_(analysis), out_(out) { text(""); }  // text 0

  void write() {
    put_value_type(profile_field::kSampleType, "inuse_objects", "count");
    put_value_type(profile_field::kSampleType, "inuse_space", "bytes");
    put_value_type(profile_field::kPeriodType, "space", "bytes");
    put_integer(profile_field::kPeriod, 1);  // every allocation counts, none is a sample
    put_integer(profile_field::kDefaultSampleType, text("inuse_space"));
    for (const std::string& remark : remarks_on(analysis_.summary)) put_integer(profile_field::kComment, text(remark));
    for (const PeakStack& stack : stacks_at_peak(analysis_)) put_sample(stack);
  }

 private:
  /// Texts are written when they are first seen; their position is what counts, wherever they stand in the file.
  std::uint64_t text(const std::string& value) {
    const auto [it, fresh] = texts_.try_emplace(value, texts_.size());
    if (fresh) {
      ProtobufMessage profile;
      profile.bytes(profile_field::kText, value);
      out_.write(profile.data());
    }
    return it->second;
  }

  void put_integer(std::uint32_t field, std::uint64_t value) {
    ProtobufMessage profile;
    profile.integer(field, value);
    out_.write(profile.data());
  }

  void put_message(std::uint32_t field, const ProtobufMessage& message) {
    ProtobufMessage profile;
    profile.message(field, message);
    out_.write(profile.data());
  }

  void put_value_type(std::uint32_t field, const std::string& type, const std::string& unit) {
    ProtobufMessage value_type;
    value_type.integer(1, text(type));
    value_type.integer(2, text(unit));
    put_message(field, value_type);
  }

  /// The id of the location, and of the function in it, that stand for a name.
  std::uint64_t location(const std::string& name) {
    const auto [it, fresh] = locations_.try_emplace(name, locations_.size() + 1);
    if (!fresh) return it->second;
    ProtobufMessage function;
    function.integer(1, it->second);
    function.integer(2, text(name));
    function.integer(3, text(name));  // as the linker would call it
    put_message(profile_field::kFunction, function);
    ProtobufMessage line;
    line.integer(1, it->second);
    ProtobufMessage location;
    location.integer(1, it->second);
    location.message(4, line);
    put_message(profile_field::kLocation, location);
    return it->second;
  }

  void put_sample(const PeakStack& stack) {
    const std::vector<std::string> frames = frames_of(stack, analysis_.trace);
    const std::string category = fmt::format("[{}]", category_label(stack.category, analysis_.trace));
    ProtobufMessage locations;  // from the inside out
    locations.packed(location(category));
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) locations.packed(location(*frame));
    ProtobufMessage values;
    values.packed(static_cast<std::uint64_t>(stack.allocations));
    values.packed(static_cast<std::uint64_t>(stack.bytes));
    ProtobufMessage label;
    label.integer(1, text("category"));
    label.integer(2, text(std::string(key_of(stack.category))));
    ProtobufMessage sample;
    sample.message(1, locations);
    sample.message(2, values);
    sample.message(3, label);
    put_message(profile_field::kSample, sample);
  }

  const Analysis& analysis_;
  ByteSink& out_;
  std::map<std::string, std::uint64_t> texts_;
  std::map<std::string, std::uint64_t> locations_;
};

}  // namespace

void write_pprof(const Analysis& analysis, ByteSink& out) {
  GzipSink gzip(out);
  PprofWriter(analysis, gzip).write();
  gzip.finish();
}

}  // namespace profile_train::reports
