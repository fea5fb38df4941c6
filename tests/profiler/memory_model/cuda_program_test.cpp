// Runs the real program on a simulated card and asks for 0 bytes of difference between prediction and observation.

#include <gtest/gtest.h>

#include "program_grid.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TEST(CudaProgram, FitsForTheSmallestPublishedModel) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    auto config = workloads::load_config("gpt_small", {}, PROFILE_TRAIN_RESOURCES);
    ASSERT_TRUE(config) << config.error().message;
    config->device = "cuda";
    config->model.attention = attention;
    config->train.steps = 2;
    test::expect_nothing_left(test::kProgram, *config);
    config->train.batch_size = 8;  // many tokens: the logits spike is the peak
    EXPECT_EQ(test::kProgram.observed(*config).model.peak.where, "backward: logits spike");
    test::expect_nothing_left(test::kProgram, *config);
  }
}

}  // namespace
}  // namespace profile_train
