#include "profiler/memory_model/attention_path.h"

#include <gtest/gtest.h>

#include "setups.h"

namespace profile_train {
namespace {

using enum AttentionPath;

struct Case {
  std::int64_t head_size;
  AttentionPath in_fp32, in_bf16, in_bf16_padded;
};

TrainingSetup on_card(std::int64_t compute_capability, std::int64_t head_size) {
  TrainingSetup s = test::tiny_setup();
  s.device = "cuda";
  s.attention = AttentionKind::sdpa;
  s.compute_capability = compute_capability;
  s.heads = 2;
  s.hidden = 2 * head_size;
  return s;
}

void expect(std::int64_t compute_capability, std::initializer_list<Case> cases) {
  for (const Case& each : cases) {
    SCOPED_TRACE(each.head_size);
    TrainingSetup s = on_card(compute_capability, each.head_size);
    EXPECT_EQ(path_of(s), each.in_fp32);
    s.precision = Precision::bf16;
    EXPECT_EQ(path_of(s), each.in_bf16);
    s.padding = 0.5;
    EXPECT_EQ(path_of(s), each.in_bf16_padded);
  }
}

// What LibTorch 2.11's dispatcher said on simulated cards of these capabilities.
TEST(AttentionPath, IsTheDispatchersChoice) {
  expect(90, {{64, efficient, cudnn, cudnn},
              {12, efficient, flash, parts},
              {10, parts, flash, parts},
              {256, efficient, cudnn, cudnn},
              {264, efficient, efficient, efficient}});
  expect(100, {{128, efficient, cudnn, cudnn}, {136, efficient, flash, efficient}, {200, efficient, flash, efficient}});
  expect(
      120,
      {{64, efficient, flash, efficient}, {200, efficient, efficient, efficient}, {232, efficient, flash, efficient}});
  expect(89,
         {{64, efficient, flash, efficient}, {196, efficient, parts, parts}, {264, efficient, efficient, efficient}});
  expect(80, {{64, efficient, flash, efficient}, {200, efficient, flash, efficient}, {12, efficient, flash, parts}});
  expect(75, {{64, efficient, parts, parts}, {6, efficient, parts, parts}});
}

TEST(AttentionPath, OfACardWithoutBf16IsEfficientInFp16) {
  TrainingSetup s = on_card(75, 64);
  s.precision = Precision::autocast_fp16;
  EXPECT_EQ(path_of(s), efficient);
  s.hidden = 2 * 12;
  EXPECT_EQ(path_of(s), parts);
}

TEST(AttentionPath, OfSomeWideHeadsDependsOnDropoutAndBackward) {
  TrainingSetup s = on_card(89, 232);
  s.precision = Precision::bf16;
  EXPECT_EQ(path_of(s), flash);
  s.dropout = 0.1;
  EXPECT_EQ(path_of(s), efficient);
  s.hidden = 2 * 200;
  s.dropout = 0.0;
  EXPECT_EQ(path_of(s), efficient);
  s.task = Task::inference;
  EXPECT_EQ(path_of(s), flash);
}

TEST(AttentionPath, OfASinglePositionIsNotCudnn) {
  TrainingSetup s = on_card(90, 64);
  s.precision = Precision::bf16;
  s.sequence = 1;
  EXPECT_EQ(path_of(s), flash);
}

TEST(AttentionPath, OnTheCpuIsFlashUnlessItDrops) {
  TrainingSetup s = test::tiny_setup();
  s.attention = AttentionKind::sdpa;
  s.padding = 0.5;
  EXPECT_EQ(path_of(s), flash_cpu);
  s.dropout = 0.1;
  EXPECT_EQ(path_of(s), parts);
}

TEST(AttentionPath, LengthensHeadsThatFlashCannotTakeAsTheyAre) {
  TrainingSetup s = on_card(89, 12);
  s.precision = Precision::bf16;
  EXPECT_TRUE(lengthens_heads(s));
  s.hidden = 2 * 16;
  EXPECT_FALSE(lengthens_heads(s));
}

}  // namespace
}  // namespace profile_train
