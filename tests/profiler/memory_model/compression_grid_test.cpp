// Distillation, pruning and inference on whatever device: 0 bytes of difference between prediction and observation, in
// every row.

#include <gtest/gtest.h>

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/teacher.h"
#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TrainingConfig with_teacher() {
  TrainingConfig config = test::base(test::kProgram);
  config.distillation.teacher_blocks = 3;
  config.distillation.teacher_hidden = 48;
  config.distillation.teacher_heads = 6;
  return config;
}

TrainingConfig pruned(Pruning pruning, double share) {
  TrainingConfig config = test::base(test::kProgram);
  config.model.pruning = pruning;
  config.model.pruned_share = share;
  return config;
}

bool is_compared(const TrainingConfig& config) {
  return test::can_run(config) && why_not_covered(workloads::setup_of(config)).empty();
}

TEST(CompressionGrid, FitsATeacherInEveryPrecision) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : {AttentionKind::materialised, AttentionKind::sdpa})
      for (const double dropout : {0.0, 0.1}) {
        TrainingConfig config = with_teacher();
        config.precision = precision.mode;
        config.model.attention = attention;
        config.model.dropout = dropout;
        if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
      }
}

TEST(CompressionGrid, TellsTheTeacherFromTheModel) {
  const TrainingConfig config = with_teacher();
  const Summary summary = test::kProgram.observed(config);
  EXPECT_EQ(summary.parameters.count, parameter_count(workloads::setup_of(config))) << "the student's";
  const Bytes weights = at(summary.peak.by_category, Category::weights);
  EXPECT_EQ(weights, 4 * (summary.parameters.count + parameter_count(teacher_of(workloads::setup_of(config)))));
  const auto of_teacher = std::ranges::find_if(summary.live_at_peak, [](const LiveAllocation& a) {
    return a.name == "teacher.transformer.wte.weight" && a.category == Category::weights && a.module == "teacher";
  });
  EXPECT_NE(of_teacher, summary.live_at_peak.end());
}

TEST(CompressionGrid, FitsATeacherOfAnyShape) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 24; ++seed) {
    TrainingConfig config = test::drawn_with_modes(test::kProgram, seed);
    test::Draw draw(1000 + seed);
    config.distillation.teacher_blocks = draw.one_of({1, 2, 7});
    config.distillation.teacher_heads = draw.one_of({1, 2, 4});
    config.distillation.teacher_hidden = config.distillation.teacher_heads * draw.one_of({8, 16, 64});
    config.distillation.temperature = static_cast<double>(draw.one_of({1, 2, 5}));
    if (!is_compared(config)) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

/// A student that is pruned, or of which a part is trained only.
TEST(CompressionGrid, FitsATeacherOfAStudentThatIsSmallerOrTunedInPart) {
  for (const auto& precision : kPrecisions)
    for (const int kind : {0, 1, 2, 3, 4}) {
      TrainingConfig config = with_teacher();
      config.precision = precision.mode;
      config.model.pruning = kind == 0 ? Pruning::structured : kind == 1 ? Pruning::unstructured : Pruning::none;
      if (kind == 2) config.model.frozen_blocks = 1;
      if (kind >= 3) config.model.lora_rank = 4;
      if (kind == 4) config.model.weights = WeightStorage::int8;
      if (is_compared(config)) test::expect_nothing_left(test::kProgram, config);
    }
}

TEST(CompressionGrid, FitsEveryPruningInEveryPrecision) {
  for (const auto& precision : kPrecisions)
    for (const Pruning pruning : {Pruning::structured, Pruning::unstructured})
      for (const auto& checkpointing : kCheckpointings) {
        TrainingConfig config = pruned(pruning, 0.5);
        config.precision = precision.mode;
        config.model.checkpointing = checkpointing.mode;
        if (test::can_run(config)) test::expect_nothing_left(test::kProgram, config);
      }
}

TEST(CompressionGrid, FitsPrunedShapesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 24; ++seed) {
    TrainingConfig config = test::drawn_with_modes(test::kProgram, 500 + seed);
    test::Draw draw(2000 + seed);
    config.model.pruning = draw.maybe() ? Pruning::structured : Pruning::unstructured;
    config.model.pruned_share = 0.1 * static_cast<double>(draw.one_of({0, 2, 5, 7}));
    if (!is_compared(config)) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

void expect_inference_fits(const TrainingConfig& config) {
  SCOPED_TRACE(workloads::to_yaml(config));
  const Summary summary = test::kProgram.observed(config);
  EXPECT_EQ(at(summary.category_peaks, Category::unknown), 0);
  ASSERT_EQ(summary.model.why_not, "");
  EXPECT_EQ(summary.model.spike.observed_bytes, std::nullopt) << "there is no backward pass";
  EXPECT_EQ(summary.model.peak.observed_phase, Phase::forward);
  EXPECT_EQ(summary.steps.front().loss, std::nullopt);
  test::expect_nothing_left(summary.model.peak, "peak, steady state");
  test::expect_nothing_left(summary.model.first_step_peak, "peak, step 1");
}

TEST(CompressionGrid, FitsInferenceInEveryPrecisionAndAttention) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const std::int64_t vocabulary : {256, 5000}) {
        TrainingConfig config = test::base(test::kProgram);
        config.task = Task::inference;
        config.precision = precision.mode;
        config.model.attention = attention.mode;
        config.model.vocabulary = vocabulary;
        if (is_compared(config)) expect_inference_fits(config);
      }
}

TEST(CompressionGrid, FitsInferenceOfQuantisedWeightsInEveryPrecision) {
  int compared = 0;
  for (const auto& precision : kPrecisions)
    for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4})
      for (const std::int64_t group : {32, 64})
        for (const std::int64_t vocabulary : {256, 5000}) {
          TrainingConfig config = test::base(test::kProgram);
          config.task = Task::inference;
          config.precision = precision.mode;
          config.model.weights = storage;
          config.model.quantisation_group = group;
          config.model.vocabulary = vocabulary;
          if (!is_compared(config)) continue;
          expect_inference_fits(config);
          ++compared;
        }
  EXPECT_EQ(compared, 4 * 8) << "every precision but the one with master weights";
}

TEST(CompressionGrid, FitsInferenceOfOtherFamilies) {
  for (const char* family : {"llama", "bert", "t5"})
    for (const auto& precision : kPrecisions)
      for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
        TrainingConfig config = test::base(test::kProgram);
        config.task = Task::inference;
        config.model.family = family;
        config.precision = precision.mode;
        config.model.attention = attention;
        if (is_compared(config)) expect_inference_fits(config);
      }
}

TEST(CompressionGrid, FitsInferenceOfShapesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 24; ++seed) {
    TrainingConfig config = test::drawn_with_modes(test::kProgram, 900 + seed);
    test::Draw draw(3000 + seed);
    config.task = Task::inference;
    config.train.accumulation = 1;
    config.loss.hold_logits = false;
    config.model.checkpointing = Checkpointing::none;
    config.model.pruning = draw.from(kPrunings).mode;
    config.model.weights = draw.from(kWeightStorages).mode;
    config.model.quantisation_group = draw.one_of({1, 8, 16, 64});
    if (!is_compared(config)) continue;
    SCOPED_TRACE(seed);
    expect_inference_fits(config);
    ++compared;
  }
}

}  // namespace
}  // namespace profile_train
