#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/memory_model/estimate.h"
#include "profiler/memory_model/stated.h"
#include "setups.h"

namespace profile_train {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const EstimateRow& row_named(const Estimate& e, std::string_view table, std::string_view name) {
  static const EstimateRow missing{};
  for (const EstimateTable& t : e.tables)
    if (t.title == table)
      for (const EstimateRow& row : t.rows)
        if (row.name == name) return row;
  ADD_FAILURE() << "no row '" << name << "' in table '" << table << "'";
  return missing;
}

constexpr std::string_view kExamples = "the texts' worked examples, computed again";

TEST(SourceTexts, WorkedExampleIsComputedAndItsSlipFlagged) {
  const Estimate e = estimate(test::gpt2_small());
  EXPECT_EQ(row_named(e, kExamples, "attention, H = 768").count, 2'359'296);
  EXPECT_THAT(row_named(e, kExamples, "attention, H = 768").note, IsEmpty());  // the text is right here
  const EstimateRow& feed_forward = row_named(e, kExamples, "feed-forward, F = 3,072");
  EXPECT_EQ(feed_forward.count, 4'722'432);  // 2·768·3072 + 768 + 3072
  EXPECT_EQ(feed_forward.quoted, "4,719,616");
  EXPECT_THAT(feed_forward.note, HasSubstr("2,816 short"));
  EXPECT_EQ(row_named(e, kExamples, "layer").count, 7'084'800);
  EXPECT_EQ(row_named(e, kExamples, "12 layers").count, 85'017'600);
  EXPECT_EQ(row_named(e, kExamples, "total").count, 123'417'600);
  EXPECT_EQ(row_named(e, kExamples, "total").quoted, "123,383,808");
}

TEST(SourceTexts, Gpt3ExampleDiffersFromItsOwnFormulaAndFromGpt3) {
  const Estimate e = estimate(test::gpt2_small());
  EXPECT_EQ(row_named(e, kExamples, "GPT-3, a layer").count, 6'039'822'336);  // printed: 1.1 billion
  EXPECT_EQ(row_named(e, kExamples, "GPT-3, exact").count, 174'604'259'328);
}

TEST(SourceTexts, KnownModelsHaveTheirPublishedCounts) {
  const Estimate e = estimate(test::gpt2_small());
  constexpr std::string_view kKnown = "sizes of known models in fp32";
  EXPECT_EQ(row_named(e, kKnown, "bert-large").count, 335'174'458);
  EXPECT_EQ(row_named(e, kKnown, "t5-11b").count, 11'307'321'344);
  EXPECT_EQ(row_named(e, kKnown, "gpt2-xl").bytes, 4 * std::int64_t{1'557'611'200});
}

TEST(SourceTexts, OneParameterCountDiffersFromTheOtherByWhatTheNoteSays) {
  const Estimate e = estimate(test::gpt2_small());
  const std::int64_t stated = row_named(e, "parameters", "all, stated").count.value();
  EXPECT_EQ(e.parameters - stated, 1024 * 768 + 12 * 4 * 768 + 2 * 768);
}

TEST(SourceTexts, ScalingRuleIsComputedFromItsExponent) {
  const Estimate e = estimate(test::gpt2_small());
  EXPECT_NEAR(row_named(e, "scaling", "parameters for 10 % better").ratio.value(), 3.9, 0.005);
  EXPECT_EQ(row_named(e, "scaling", "tokens this run trains on").count, 5 * 256);
}

TEST(StatedFormula, IsTheSourceTextsSumWhateverTheRows) {
  const TrainingSetup s = test::gpt2_small();
  constexpr Bytes kN = 124'439'808, kE = 256 * 768, kSS = 256 * 256, kNl = 256 * 50257;
  EXPECT_EQ(sum(stated_terms(s)), 16 * kN + 8 * 256 + 12 * (14 * kE + 4 * kSS) + 6 * kNl + 4 * kNl);
}

TEST(Estimate, TotalsAreTheSumsOfTheirRowsInEveryColumn) {
  const Estimate e = estimate(test::tiny_setup());
  ASSERT_THAT(e.why_not, IsEmpty());
  for (const ModelInstant* instant : {&e.spike, &e.peak, &e.first_step_peak}) {
    Bytes stated = 0, corrected = 0, exact = 0;
    for (const ModelTerm& term : instant->terms) {
      stated += term.stated_bytes.value();
      corrected += term.corrected_bytes.value();
      exact += term.exact_bytes.value();
      EXPECT_FALSE(term.observed_bytes.has_value());  // nothing has run
    }
    EXPECT_EQ(stated, instant->stated_bytes);
    EXPECT_EQ(corrected, instant->corrected_bytes);
    EXPECT_EQ(exact, instant->exact_bytes);
  }
}

TEST(Estimate, SaysWhyThereIsNoPredictionForAnotherDevice) {
  TrainingSetup s = test::tiny_setup();
  s.device = "tpu";
  const Estimate e = estimate(s);
  EXPECT_THAT(e.why_not, HasSubstr("tpu"));
  EXPECT_FALSE(e.peak.exact_bytes.has_value());
  EXPECT_GT(row_named(e, "the stated formula", "M_peak").bytes.value(), 0);
}

TEST(Estimate, WithoutACardTakesTheWorkspacesOfHopper) {
  TrainingSetup s = test::tiny_setup();
  s.device = "cuda";
  const Bytes assumed = estimate(s).peak.exact_bytes.value();
  s.cublas_workspace_bytes = 8'519'680;  // of the generations before
  s.cublaslt_workspace_bytes = 1'048'576;
  EXPECT_EQ(assumed - estimate(s).peak.exact_bytes.value(), 2 * (33'554'432 - 8'519'680));
}

}  // namespace
}  // namespace profile_train
