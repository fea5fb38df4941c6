#include "reports/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "reports/html_data.h"
#include "reports/html_summary.h"
#include "reports/json.h"
#include "reports/packed_column.h"

namespace profile_train::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Event allocate(std::uint64_t address, Bytes bytes) {
  Event event;
  event.address = address;
  event.bytes = bytes;
  return event;
}

Event release(std::uint64_t address) {
  Event event;
  event.kind = EventKind::free;
  event.address = address;
  return event;
}

/// 100, then 107 B, back to 100, 130 and 135 B: the peak, at event 4.
Analysis five_instants() {
  Trace trace;
  trace.header.config_name = "</script><script>alert(1)</script> & co";
  trace.events = {allocate(0x1000, 100), allocate(0x2000, 7), release(0x2000), allocate(0x3000, 30),
                  allocate(0x4000, 5)};
  return analyse(std::move(trace));
}

/// What the page does with a column: see reports/packed_column.h.
std::vector<Bytes> unpacked(const Json& column) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto text = column.get<std::string>();
  std::vector<Bytes> values;
  std::size_t at = 0;
  const auto next = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 5) {
      const std::uint64_t digit = digits.find(text.at(at++));
      value |= (digit & 31) << shift;
      if ((digit & 32) == 0) break;
    }
    const auto size = static_cast<Bytes>(value >> 1);
    return (value & 1) != 0 ? -size : size;
  };
  while (at < text.size()) {
    values.push_back(next());
    if (values.back() == 0) values.resize(values.size() + static_cast<std::size_t>(next()));
  }
  return values;
}

std::vector<Bytes> summed(const Json& column) {
  std::vector<Bytes> values = unpacked(column);
  std::partial_sum(values.begin(), values.end(), values.begin());
  return values;
}

std::vector<Bytes> total_of(const Json& by_group, std::size_t points) {
  std::vector<Bytes> total(points);
  for (const auto& [group, column] : by_group.items()) {
    const std::vector<Bytes> values = summed(column);
    for (std::size_t i = 0; i < points; ++i) total[i] += values.at(i);
  }
  return total;
}

TEST(ChartData, ListsEverythingWhereThereIsRoom) {
  const Json data = Json::parse(chart_data(five_instants(), {}));
  EXPECT_THAT(summed(data["timeline"]["event"]), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(total_of(data["timeline"]["bytes"], 5), ElementsAre(100, 107, 100, 130, 135));
  EXPECT_THAT(unpacked(data["allocations"]["bytes"]), ElementsAre(100, 7, 30, 5));
  EXPECT_THAT(summed(data["allocations"]["born"]), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(unpacked(data["allocations"]["lifetime"]), ElementsAre(-1, 1, -1, -1)) << "-1: never freed";
  EXPECT_TRUE(data["smaller"].is_null());
}

TEST(ChartData, SumsWhatItDoesNotList) {
  const Json data = Json::parse(chart_data(five_instants(), {.points = 100, .allocations = 2}));
  EXPECT_THAT(unpacked(data["allocations"]["bytes"]), ElementsAre(100, 30)) << "the largest at the peak";
  EXPECT_THAT(summed(data["smaller"]["count"]["0"]), ElementsAre(0, 1, 0, 0, 1));
  for (const char* grouping : {"category", "part", "phase"})
    EXPECT_THAT(total_of(data["smaller"][grouping], 5), ElementsAre(0, 7, 0, 0, 5)) << grouping;
  EXPECT_EQ(data["allocations_in_trace"], 4);
}

TEST(ChartData, AllocationsAliveAtThePeakAreListedBeforeLargerOnes) {
  const Json data = Json::parse(chart_data(five_instants(), {.points = 100, .allocations = 3}));
  EXPECT_THAT(unpacked(data["allocations"]["bytes"]), ElementsAre(100, 30, 5)) << "and not the 7";
}

TEST(ChartData, OfEquallyLargeAllocationsThoseNearestToThePeakAreListed) {
  Trace trace;
  for (const std::uint64_t address : {0x1000U, 0x2000U, 0x3000U, 0x4000U}) {
    trace.events.push_back(allocate(address, 100));
    if (address == 0x3000U) trace.events.push_back(allocate(0x9000, 7));
    trace.events.push_back(release(address));
  }
  const Json data = Json::parse(chart_data(analyse(std::move(trace)), {.points = 100, .allocations = 4}));
  EXPECT_THAT(summed(data["allocations"]["born"]), ElementsAre(2, 4, 5, 7)) << "event 5 is the peak; 0 is furthest";
}

TEST(ChartData, ThinningKeepsThePeak) {
  const Json data = Json::parse(chart_data(five_instants(), {.points = 1, .allocations = 100}));
  EXPECT_THAT(summed(data["timeline"]["event"]), ElementsAre(4));
  EXPECT_THAT(total_of(data["timeline"]["bytes"], 1), ElementsAre(135));
  EXPECT_EQ(data["changes"], 5);
}

TEST(ChartData, SurvivesNamesThatAreNotUtf8) {
  Analysis analysis = five_instants();
  analysis.trace.names.emplace_back("\xff\xfe");
  analysis.allocations.front().name = static_cast<NameId>(analysis.trace.names.size() - 1);
  EXPECT_THAT(chart_data(analysis, {}), HasSubstr("\xEF\xBF\xBD"));
}

TEST(PackedColumn, IsReadAsItWasWritten) {
  const Column values = {0, 0, 0, 1, -1, 15, 16, -16, 0, 511, 512, -(std::int64_t{1} << 52), 0, 0, 2'290'384'904};
  EXPECT_EQ(unpacked(Json(packed(values))), values);
  EXPECT_EQ(packed({1, -1, 15, 16}), "CDegB") << "as in source maps";
  EXPECT_EQ(packed(Column(1000)), "Au+B") << "a thousand zeros";
  EXPECT_EQ(packed({}), "");
}

TEST(Html, TextFromATraceCannotBecomeMarkup) {
  const std::string page = render_html(five_instants());
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, HasSubstr("<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; co · profile-train"));
}

TEST(Html, CarriesTheJsonReport) {
  const Analysis analysis = five_instants();
  const std::string page = render_html(analysis);
  const std::string opening = R"(<script type="application/json" id="summary-data">)";
  const std::size_t from = page.find(opening) + opening.size();
  const Json inside = Json::parse(page.substr(from, page.find("</script>", from) - from));
  Json report = Json::parse(to_json(analysis.summary));
  EXPECT_EQ(inside["phases"]["columns"].size(), inside["phases"]["paths"].size()) << "the browser tests unpack them";
  report["phases"] = inside["phases"];
  EXPECT_EQ(inside, report);
}

TEST(Html, RowsCanStandInColumns) {
  const auto columns = in_columns(Json::parse(R"([{"name": "loss", "step": 1, "end": {"weights": 4, "inputs": 0}},
                                                  {"name": "data", "step": 2, "end": {"weights": 4, "inputs": 7}}])"));
  EXPECT_EQ(columns["paths"], Json::parse(R"([["name"], ["step"], ["end", "weights"], ["end", "inputs"]])"));
  EXPECT_EQ(columns["texts"], Json::parse("[true, false, false, false]"));
  EXPECT_EQ(columns["strings"], Json::parse(R"(["loss", "data"])"));
  EXPECT_THAT(summed(columns["columns"][0]), ElementsAre(0, 1));
  EXPECT_THAT(summed(columns["columns"][2]), ElementsAre(4, 4));
  EXPECT_THAT(summed(columns["columns"][3]), ElementsAre(0, 7));
  EXPECT_TRUE(in_columns(Json::array())["paths"].empty());
}

TEST(Html, LoadsNothingFromElsewhere) {
  const std::string page = render_html(five_instants());
  for (const char* reference : {"http://", "https://", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "eval("})
    EXPECT_THAT(page, Not(HasSubstr(reference)));
}

}  // namespace
}  // namespace profile_train::reports
