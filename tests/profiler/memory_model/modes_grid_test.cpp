// The modes of GPT-2 on whatever device: 0 bytes of difference between prediction and observation, in every row.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

TEST(ProgramGrid, FitsForEveryAttentionDropoutAndOptimizer) {
  test::fits_every_attention_dropout_and_optimizer(test::kProgram);
}
TEST(ProgramGrid, FitsForEveryWayToHandleGradientsAndLogits) {
  test::fits_every_way_to_handle_gradients_and_logits(test::kProgram);
}
TEST(ProgramGrid, FitsForALossInChunks) { test::fits_a_loss_in_chunks(test::kProgram); }
TEST(ProgramGrid, FitsForEveryOptimizer) { test::fits_every_optimizer(test::kProgram); }
TEST(ProgramGrid, FitsForShapesDrawnAtRandom) { test::fits_shapes_drawn_at_random(test::kProgram); }
TEST(ProgramGrid, FitsForEveryPrecisionAttentionAndCheckpointing) { test::fits_every_mode(test::kProgram, 0.0); }
TEST(ProgramGrid, FitsForEveryPrecisionAttentionAndCheckpointingWithDropout) {
  test::fits_every_mode(test::kProgram, 0.1);
}
TEST(ProgramGrid, FitsForShapesAndModesDrawnAtRandom) { test::fits_shapes_and_modes_drawn_at_random(test::kProgram); }

}  // namespace
}  // namespace profile_train
