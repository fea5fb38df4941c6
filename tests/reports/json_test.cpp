#include "reports/json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// Paths of the nulls in `value` that have no reason beside them.
void find_unexplained(const json& value, const std::string& path, std::vector<std::string>& found) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) find_unexplained(value[i], fmt::format("{}/{}", path, i), found);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    find_unexplained(member, fmt::format("{}/{}", path, key), found);
    if (!member.is_null() || (key == "why_not_measured" && value.value("bytes", json()).is_number())) continue;
    const std::string beside = path.rfind("/ladder", 0) == 0 ? "why_not_measured" : key + "_why_not";
    const bool explained =
        value.contains(beside) && value[beside].is_string() && !value[beside].get<std::string>().empty();
    if (!explained) found.push_back(fmt::format("{}/{}", path, key));
  }
}

TEST(JsonReport, EveryNullHasItsReasonBesideIt) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::vector<std::string> found;
    find_unexplained(json::parse(to_json(testing::random_summary(seed))), "", found);
    EXPECT_THAT(found, ::testing::IsEmpty()) << "seed " << seed;
  }
}

TEST(JsonReport, HasTheNamesThatOthersRelyOn) {
  const json report = json::parse(to_json(testing::example_summary()));
  EXPECT_EQ(report.at("schema"), 1);
  EXPECT_EQ(report.at("run").at("config"), "gpt_small");
  EXPECT_EQ(report.at("run").at("device"), "cpu");
  EXPECT_EQ(report.at("run").at("precision"), "fp32");
  EXPECT_EQ(report.at("run").at("steps"), 3);
  EXPECT_EQ(report.at("run").at("versions").at("libtorch"), "2.11.0");
  EXPECT_EQ(report.at("parameters"), json({{"count", 124'439'808}, {"tensors", 148}, {"bytes", 497'759'232}}));
  const json& peak = report.at("peak");
  EXPECT_EQ(peak.at("requested_bytes"), 2'301'392'912);
  EXPECT_EQ(peak.at("step"), 2);
  EXPECT_EQ(peak.at("phase"), "backward");
  EXPECT_EQ(peak.at("operator"), "EmbeddingBackward0");
  EXPECT_EQ(peak.at("module"), "transformer.wte");
  EXPECT_EQ(peak.at("residual_bytes"), 0);
  for (const char* category : {"weights", "weight_copies", "gradients", "optimizer_state", "activations", "logits",
                               "inputs", "workspace", "temporary", "unknown"}) {
    EXPECT_TRUE(peak.at("by_category").at(category).is_number_integer()) << category;
  }
  EXPECT_EQ(report.at("steps").at(0).at("loss"), 10.9821);
  EXPECT_EQ(report.at("steps").at(1).at("peak_requested_bytes"), 2'301'392'912);
  EXPECT_EQ(report.at("phases").at(7).at("name"), "optimizer_step");
  EXPECT_EQ(report.at("model").at("terms").at(0).at("name"), "weights");
  EXPECT_EQ(report.at("model").at("terms").at(10).at("residual_bytes"), 4);
  EXPECT_EQ(report.at("model").at("spike").at("residual_bytes"), 4);
  EXPECT_EQ(report.at("model").at("peak").at("exact_bytes"), 2'301'392'912);
  EXPECT_EQ(report.at("ladder").at(0).at("rung"), "requested");
  EXPECT_EQ(report.at("losses").at("dropped_events"), 0);
  EXPECT_EQ(report.at("losses").at("cut"), false);
  EXPECT_EQ(report.at("overhead").at("ns_per_event"), 61.4);
  EXPECT_EQ(report.at("live_at_peak").size(), 7U);
}

TEST(JsonReport, CategoriesSumToThePeakInEveryInstant) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    const json report = json::parse(to_json(testing::random_summary(seed)));
    const auto expect_closed = [&](const json& instant) {
      std::int64_t sum = instant.at("residual_bytes");
      for (const json& bytes : instant.at("by_category")) sum += bytes.get<std::int64_t>();
      EXPECT_EQ(sum, instant.at("requested_bytes")) << "seed " << seed;
    };
    expect_closed(report.at("peak"));
    for (const json& step : report.at("steps")) expect_closed(step.at("peak"));
  }
}

TEST(JsonReport, ALossThatIsNoNumberIsNullAndSaysWhichItWas) {
  Summary summary = testing::example_summary();
  summary.steps[1].loss = std::nan("");
  summary.steps[2].loss = std::numeric_limits<double>::infinity();
  const json steps = json::parse(to_json(summary)).at("steps");
  EXPECT_TRUE(steps[1].at("loss").is_null());
  EXPECT_EQ(steps[1].at("loss_why_not"), "not a finite number: nan");
  EXPECT_EQ(steps[2].at("loss_why_not"), "not a finite number: inf");
}

TEST(JsonReport, SizesThatNoDoubleCanHoldKeepEveryDigit) {
  Summary summary = testing::example_summary();
  summary.alive_at_end_bytes = std::numeric_limits<Bytes>::max();
  EXPECT_THAT(to_json(summary), HasSubstr("9223372036854775807"));
}

TEST(JsonReport, RungsOfTheLadderAppearInThePeak) {
  Summary summary = testing::example_summary();
  json peak = json::parse(to_json(summary)).at("peak");
  EXPECT_TRUE(peak.at("allocated_bytes").is_null());
  EXPECT_EQ(peak.at("allocated_bytes_why_not"), "this device has no caching allocator");
  summary.ladder.push_back({"allocated", Bytes{2'301'393'408}, "", ""});
  peak = json::parse(to_json(summary)).at("peak");
  EXPECT_EQ(peak.at("allocated_bytes"), 2'301'393'408);
}

}  // namespace
}  // namespace profile_train::reports
