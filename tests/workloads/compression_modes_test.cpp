// Distillation, pruning and inference in a configuration: what belongs together, and what is refused.

#include "workloads/compression_modes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/workloads/temporary_folder.h"
#include "workloads/config.h"

namespace profile_train::workloads {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class CompressionModes : public ::testing::Test {
 protected:
  Result<TrainingConfig> with(const std::vector<std::string>& overrides) {
    const auto file = folder_.write("small.yaml", "model: {blocks: 2, hidden: 64, heads: 4}\n");
    return load_config(file, overrides, PROFILE_TRAIN_RESOURCES);
  }
  /// Without the place, which is the last override here.
  std::string complaint(const std::vector<std::string>& overrides) {
    const auto config = with(overrides);
    return config ? "" : config.error().message;
  }
  TemporaryFolder folder_;
};

TEST_F(CompressionModes, ATeacherHasTheStudentsSizesUnlessItHasItsOwn) {
  const auto config = with({"distillation.teacher_blocks=6", "distillation.teacher_hidden=128"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->distillation.teacher_blocks, 6);
  EXPECT_EQ(config->distillation.teacher_hidden, 128);
  EXPECT_EQ(config->distillation.teacher_heads, 0) << "as the student's";
  const auto again = load_config(folder_.write("again.yaml", to_yaml(*config)), {}, PROFILE_TRAIN_RESOURCES);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->distillation, config->distillation);
}

TEST_F(CompressionModes, AKeyWithoutItsModeSaysNothing) {
  EXPECT_EQ(complaint({"distillation.temperature=3"}),
            "--set distillation.temperature=3: distillation.temperature: there is no teacher; set "
            "distillation.teacher_blocks");
  EXPECT_THAT(complaint({"distillation.teacher_heads=2"}), EndsWith("there is no teacher; set "
                                                                    "distillation.teacher_blocks"));
  EXPECT_THAT(complaint({"compression.pruned_share=0.2"}), EndsWith("use structured or unstructured"));
  EXPECT_EQ(complaint({"distillation.teacher_blocks=0", "compression.pruning=none", "task=training"}), "")
      << "to say that there is none is fine";
}

TEST_F(CompressionModes, ATeacherNeedsAllLogitsHeadsThatFitAndGpt2) {
  const std::string teacher = "distillation.teacher_blocks=2";
  EXPECT_THAT(complaint({teacher, "loss.chunk_rows=8"}), HasSubstr("loss.chunk_rows: what is learned from a teacher"));
  EXPECT_THAT(complaint({teacher, "distillation.teacher_hidden=96", "distillation.teacher_heads=7"}),
              EndsWith("7 heads do not divide the teacher's hidden size, which is 96; use 6"));
  EXPECT_THAT(complaint({teacher, "distillation.teacher_hidden=90"}),
              HasSubstr("distillation.teacher_heads: 4 heads do not divide"))
      << "the student's number of heads";
  for (const char* family : {"llama", "bert", "t5"})
    EXPECT_THAT(complaint({teacher, fmt::format("model.family={}", family)}),
                EndsWith(fmt::format("only gpt2 learns from a teacher, not {}; use 0", family)));
}

TEST_F(CompressionModes, PruningLeavesSomethingAndIsForGpt2) {
  EXPECT_EQ(complaint({"compression.pruning=structured"}), "");
  EXPECT_EQ(complaint({"compression.pruning=unstructured", "compression.pruned_share=0.9"}), "");
  EXPECT_THAT(complaint({"compression.pruning=structured", "compression.pruned_share=0.9"}),
              EndsWith("of 4 heads and a feed-forward width of 256, 0 and 26 would be left; use 0.75"));
  EXPECT_EQ(complaint({"compression.pruning=structured", "compression.pruned_share=0.75"}), "");
  EXPECT_THAT(complaint({"compression.pruning=structured", "model.family=bert"}),
              EndsWith("only gpt2 can be pruned, not bert; use none"));
}

TEST_F(CompressionModes, InferenceHasNothingThatOnlyTrainingHas) {
  const std::string task = "task=inference";
  EXPECT_EQ(complaint({task}), "");
  EXPECT_EQ(complaint({task, "model.dropout=0.1", "optimizer.kind=sgd"}), "") << "a model is trained with these";
  EXPECT_THAT(complaint({task, "loss.chunk_rows=8"}), EndsWith("inference has no loss; use 0"));
  EXPECT_THAT(complaint({task, "loss.hold_logits=true"}), EndsWith("use false"));
  EXPECT_THAT(complaint({task, "train.checkpointing=block"}), EndsWith("use none"));
  EXPECT_THAT(complaint({task, "train.accumulation=2"}), EndsWith("use 1, and more train.steps"));
  EXPECT_THAT(complaint({task, "precision=bf16-master"}), EndsWith("use bf16"));
  EXPECT_THAT(complaint({task, "distillation.teacher_blocks=2"}), EndsWith("use 0"));
}

}  // namespace
}  // namespace profile_train::workloads
