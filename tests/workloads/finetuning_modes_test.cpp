#include "workloads/finetuning_modes.h"

#include <gmock/gmock.h>

#include "tests/workloads/tiny_config.h"

namespace profile_train::workloads {
namespace {

using ::testing::HasSubstr;

/// What is wrong with the tiny configuration once it has been changed; its matrices are 32 × 96, 32 × 32, 32 × 128.
template <typename Change>
std::string complaint(const Change& change) {
  TrainingConfig config = tiny_config();
  change(config);
  const auto problem = impossible_modes(config);
  return problem ? problem->key + ": " + problem->why : "";
}

TEST(FinetuningModes, EachKindCanBeHad) {
  EXPECT_EQ(complaint([](TrainingConfig& c) { c.model.frozen_blocks = c.model.blocks; }), "");
  EXPECT_EQ(complaint([](TrainingConfig& c) { c.model.lora_rank = 32; }), "");
  for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4})
    EXPECT_EQ(complaint([&](TrainingConfig& c) {
                c.model.lora_rank = 4;
                c.model.weights = storage;
                c.model.quantisation_group = 1024;
              }),
              "");
}

TEST(FinetuningModes, NoMoreBlocksAreFrozenThanThereAre) {
  EXPECT_EQ(complaint([](TrainingConfig& c) { c.model.frozen_blocks = 3; }),
            "finetune.frozen_blocks: 3 is more than model.blocks, which is 2; use 2");
}

TEST(FinetuningModes, AdaptersAndFrozenBlocksExcludeEachOther) {
  EXPECT_THAT(complaint([](TrainingConfig& c) {
                c.model.frozen_blocks = 1;
                c.model.lora_rank = 4;
              }),
              HasSubstr("use 0, or finetune.lora_rank: 0"));
}

TEST(FinetuningModes, ARankIsNoLargerThanTheSmallerSideOfAMatrix) {
  EXPECT_EQ(complaint([](TrainingConfig& c) { c.model.lora_rank = 33; }),
            "finetune.lora_rank: 33 is more than the smaller side of attn.c_attn, which is 32 × 96; use 32");
  EXPECT_THAT(complaint([](TrainingConfig& c) {
                c.model.feed_forward = 20;
                c.model.lora_rank = 21;
              }),
              HasSubstr("mlp.c_fc, which is 32 × 20; use 20"));
}

TEST(FinetuningModes, QuantisedWeightsAreNotTrained) {
  EXPECT_THAT(complaint([](TrainingConfig& c) { c.model.weights = WeightStorage::int8; }),
              HasSubstr("quantised weights cannot be trained; add finetune.lora_rank, or use task: inference"));
}

TEST(FinetuningModes, AGroupDividesEveryMatrix) {
  const auto with_group = [](std::int64_t group, std::int64_t feed_forward) {
    return complaint([&](TrainingConfig& c) {
      c.model.lora_rank = 2;
      c.model.weights = WeightStorage::int8;
      c.model.feed_forward = feed_forward;
      c.model.quantisation_group = group;
    });
  };
  EXPECT_EQ(with_group(100, 128),
            "compression.group: 100 does not divide the 3072 numbers of attn.c_attn, which is 32 × 96; use 128");
  EXPECT_EQ(with_group(64, 9),
            "compression.group: 64 does not divide the 288 numbers of mlp.c_fc, which is 32 × 9; use 32");
}

TEST(FinetuningModes, Int4NeedsAnEvenNumberOfNumbers) {
  EXPECT_THAT(complaint([](TrainingConfig& c) {
                c.model.hidden = 17;
                c.model.heads = 1;
                c.model.lora_rank = 2;
                c.model.weights = WeightStorage::int4;
                c.model.quantisation_group = 1;
              }),
              HasSubstr("attn.c_attn has 17 × 51, an odd number; use int8"));
}

TEST(FinetuningModes, OnlyGpt2HasThem) {
  const auto of_llama = [](auto change) {
    return complaint([&](TrainingConfig& c) {
      c.model.family = "llama";
      change(c);
    });
  };
  EXPECT_THAT(of_llama([](TrainingConfig& c) { c.model.lora_rank = 2; }),
              HasSubstr("only gpt2 has adapters, not llama"));
  EXPECT_THAT(of_llama([](TrainingConfig& c) { c.model.frozen_blocks = 1; }), HasSubstr("not llama; use 0"));
  EXPECT_THAT(of_llama([](TrainingConfig& c) { c.model.weights = WeightStorage::int8; }), HasSubstr("use full"));
}

}  // namespace
}  // namespace profile_train::workloads
