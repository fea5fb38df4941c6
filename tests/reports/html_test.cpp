#include "reports/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "reports/html_data.h"
#include "reports/json.h"

namespace profile_train::reports {
namespace {

using Json = nlohmann::json;
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

/// What the page does with a column of differences.
std::vector<Bytes> summed(const Json& differences) {
  std::vector<Bytes> values;
  Bytes sum = 0;
  for (const Json& difference : differences) values.push_back(sum += difference.get<Bytes>());
  return values;
}

std::vector<Bytes> total_of(const Json& by_category, std::size_t points) {
  std::vector<Bytes> total(points);
  for (const auto& [category, differences] : by_category.items()) {
    const std::vector<Bytes> values = summed(differences);
    for (std::size_t i = 0; i < points; ++i) total[i] += values.at(i);
  }
  return total;
}

TEST(ChartData, ListsEverythingWhereThereIsRoom) {
  const Json data = Json::parse(chart_data(five_instants(), {}));
  EXPECT_THAT(summed(data["timeline"]["event"]), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(total_of(data["timeline"]["bytes"], 5), ElementsAre(100, 107, 100, 130, 135));
  EXPECT_THAT(data["allocations"]["bytes"].get<std::vector<Bytes>>(), ElementsAre(100, 7, 30, 5));
  EXPECT_THAT(summed(data["allocations"]["born"]), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(data["allocations"]["lifetime"].get<std::vector<int>>(), ElementsAre(-1, 1, -1, -1)) << "-1: never freed";
  EXPECT_TRUE(data["smaller"].is_null());
}

TEST(ChartData, SumsWhatItDoesNotList) {
  const Json data = Json::parse(chart_data(five_instants(), {.points = 100, .allocations = 2}));
  EXPECT_THAT(data["allocations"]["bytes"].get<std::vector<Bytes>>(), ElementsAre(100, 30))
      << "the largest at the peak";
  EXPECT_THAT(summed(data["smaller"]["count"]), ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(total_of(data["smaller"]["bytes"], 5), ElementsAre(0, 7, 0, 0, 5));
  EXPECT_EQ(data["allocations_in_trace"], 4);
}

TEST(ChartData, AllocationsAliveAtThePeakAreListedBeforeLargerOnes) {
  const Json data = Json::parse(chart_data(five_instants(), {.points = 100, .allocations = 3}));
  EXPECT_THAT(data["allocations"]["bytes"].get<std::vector<Bytes>>(), ElementsAre(100, 30, 5)) << "and not the 7";
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
  EXPECT_EQ(inside, Json::parse(to_json(analysis.summary)));
}

TEST(Html, LoadsNothingFromElsewhere) {
  const std::string page = render_html(five_instants());
  for (const char* reference : {"http://", "https://", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "eval("})
    EXPECT_THAT(page, Not(HasSubstr(reference)));
}

}  // namespace
}  // namespace profile_train::reports
