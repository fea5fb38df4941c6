#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/estimate_terminal.h"
#include "reports/format.h"
#include "reports/json.h"
#include "reports/text.h"
#include "tests/reports/example_summary.h"

namespace profile_train::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Estimate small() { return estimate(*testing::example_summary().header.setup); }

TEST(EstimateReport, SaysThatNothingWasRunAndGivesThePeakFirst) {
  const Estimate estimate = small();
  const std::string report = render_estimate(estimate, {});
  EXPECT_THAT(report, HasSubstr("estimate, nothing was run · GPT-2 124,439,808 parameters"));
  ASSERT_TRUE(estimate.peak.exact_bytes);
  EXPECT_THAT(report, HasSubstr("PEAK  " + format_bytes(*estimate.peak.exact_bytes) + ", " +
                                format_exact_bytes(*estimate.peak.exact_bytes)));
  EXPECT_THAT(report, Not(HasSubstr("observed")));
}

TEST(EstimateReport, PrintsEveryRowOfEveryTable) {
  const Estimate estimate = small();
  const std::string report = render_estimate(estimate, {.width = 160});
  for (const EstimateTable& table : estimate.tables) {
    for (const EstimateRow& row : table.rows) {
      EXPECT_THAT(report, HasSubstr(row.name));
      if (row.count) {
        EXPECT_THAT(report, HasSubstr(format_count(*row.count))) << row.name;
      }
      if (row.bytes) {
        EXPECT_THAT(report, HasSubstr(format_exact_bytes(*row.bytes))) << row.name;
      }
      EXPECT_THAT(report, HasSubstr(row.quoted)) << row.name;
    }
  }
}

TEST(EstimateReport, SaysWhatIsTrainedAndHowTheWeightsAreStored) {
  TrainingSetup setup = *testing::example_summary().header.setup;
  setup.lora_rank = 8;
  setup.weight_storage = WeightStorage::int4;
  const std::string report = render_estimate(estimate(setup), {.width = 160});
  EXPECT_THAT(report, HasSubstr("adapters of rank 8"));
  EXPECT_THAT(report, HasSubstr("matrices of the blocks in int4, 64 numbers a scale"));
  EXPECT_THAT(report, HasSubstr("N_t = Σ r(in + out)"));
  setup.lora_rank = 0;
  setup.weight_storage = WeightStorage::full;
  setup.frozen_blocks = 2;
  EXPECT_THAT(render_estimate(estimate(setup), {.width = 160}), HasSubstr("embeddings and 2 blocks frozen"));
}

TEST(EstimateReport, NoLineIsWiderThanTheTerminal) {
  for (const int width : {60, 80, 132}) {
    std::istringstream report(render_estimate(small(), {.width = width}));
    for (std::string line; std::getline(report, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(EstimateReport, OfASetupTheModelDoesNotCoverSaysWhy) {
  TrainingSetup setup = *testing::example_summary().header.setup;
  setup.model_family = "llama";
  setup.dropout = 0.1;  // which it has not
  Estimate uncovered = estimate(setup);
  ASSERT_FALSE(uncovered.why_not.empty());
  uncovered.why_not = "llama is not covered";
  const std::string report = render_estimate(uncovered, {});
  EXPECT_THAT(report, HasSubstr("Not available: llama is not covered"));
  EXPECT_THAT(report, HasSubstr("THE STATED FORMULA")) << "what needs no exact model is still there";
  const auto json = nlohmann::json::parse(to_json(uncovered));
  EXPECT_EQ(json.at("model").at("covered"), false);
  EXPECT_EQ(json.at("model").at("peak").at("exact_bytes_why_not"), "llama is not covered");
}

TEST(EstimateReport, TheJsonHasTheSameNumbers) {
  const Estimate estimate = small();
  const auto json = nlohmann::json::parse(to_json(estimate));
  EXPECT_EQ(json.at("parameters").at("count"), 124'439'808);
  EXPECT_EQ(json.at("setup").at("blocks"), 12);
  EXPECT_EQ(json.at("model").at("peak").at("exact_bytes"), *estimate.peak.exact_bytes);
  EXPECT_TRUE(json.at("model").at("peak").at("observed_bytes").is_null());
  EXPECT_EQ(json.at("model").at("peak").at("observed_bytes_why_not"), "an estimate runs nothing");
  EXPECT_EQ(json.at("tables").size(), estimate.tables.size());
}

}  // namespace
}  // namespace profile_train::reports
