#include "workloads/modes.h"

#include <gmock/gmock.h>

namespace profile_train::workloads {
namespace {

using ::testing::HasSubstr;

TrainingConfig with(AttentionKind attention, Precision precision, const char* device, double dropout = 0.0) {
  TrainingConfig config;
  config.model.blocks = 1;
  config.model.hidden = 64;
  config.model.heads = 4;
  config.model.attention = attention;
  config.model.dropout = dropout;
  config.precision = precision;
  config.device = device;
  return config;
}

std::string complaint(const TrainingConfig& config, std::int64_t compute_capability = 0) {
  if (const auto problem = impossible_modes(config)) return problem->why;
  const auto fits = check_modes_on_device(config, compute_capability);
  return fits ? "" : fits.error().message;
}

TEST(Modes, EveryKernelRunsSomewhere) {
  EXPECT_EQ(complaint(with(AttentionKind::flash, Precision::fp32, "cpu")), "");
  EXPECT_EQ(complaint(with(AttentionKind::math, Precision::bf16, "cpu", 0.1)), "");
  EXPECT_EQ(complaint(with(AttentionKind::efficient, Precision::fp32, "cuda")), "");
  EXPECT_EQ(complaint(with(AttentionKind::flash, Precision::bf16, "cuda:1", 0.1), 80), "");
  EXPECT_EQ(complaint(with(AttentionKind::cudnn, Precision::autocast_fp16, "cuda"), 90), "");
}

TEST(Modes, WhatADeviceCannotRunIsRefusedWithTheNearestItCan) {
  EXPECT_THAT(complaint(with(AttentionKind::cudnn, Precision::bf16, "cpu")), HasSubstr("use flash or sdpa"));
  EXPECT_THAT(complaint(with(AttentionKind::efficient, Precision::fp32, "cpu")), HasSubstr("use flash or sdpa"));
  EXPECT_THAT(complaint(with(AttentionKind::flash, Precision::fp32, "cpu", 0.1)), HasSubstr("use math"));
  EXPECT_THAT(complaint(with(AttentionKind::flash, Precision::fp32, "cuda")), HasSubstr("use efficient"));
  EXPECT_THAT(complaint(with(AttentionKind::cudnn, Precision::fp32, "cuda")), HasSubstr("use efficient"));
  EXPECT_THAT(complaint(with(AttentionKind::flash, Precision::bf16, "cuda"), 75),
              HasSubstr("needs compute capability 8.0 and the card has 7.5"));
  TrainingConfig unaligned = with(AttentionKind::efficient, Precision::bf16, "cuda");
  unaligned.model.heads = 1;
  unaligned.model.hidden = 12;
  EXPECT_THAT(complaint(unaligned), HasSubstr("heads of a multiple of 8 numbers, not of 12; use sdpa"));
  unaligned.precision = Precision::fp32;
  EXPECT_EQ(complaint(unaligned), "");
  TrainingConfig wide = with(AttentionKind::flash, Precision::bf16, "cuda");
  wide.model.heads = 1;
  wide.model.hidden = 200;
  EXPECT_EQ(complaint(wide, 80), "");
  EXPECT_THAT(complaint(wide, 89), HasSubstr("does not fit a card of compute capability 8.9; use efficient or math"));
  wide.model.hidden = 264;
  EXPECT_THAT(complaint(wide), HasSubstr("heads of up to 256"));
  wide.model.family = "llama";
  wide.model.head_size = 64;  // what counts where heads are not H/a wide
  EXPECT_EQ(complaint(wide), "");
}

TEST(Modes, Fp16WithoutAScaleIsRefusedOnTheCpu) {
  TrainingConfig config = with(AttentionKind::sdpa, Precision::autocast_fp16, "cpu");
  EXPECT_EQ(complaint(config), "");
  config.scaler.enabled = false;
  EXPECT_THAT(complaint(config), HasSubstr("autocast-bf16"));
  config.device = "cuda";
  EXPECT_EQ(complaint(config), "");
}

}  // namespace
}  // namespace profile_train::workloads
