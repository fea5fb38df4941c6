// A loss in chunks in every precision on whatever device: 0 bytes of difference between prediction and observation.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

TEST(ChunkedLossGrid, FitsInEveryPrecision) {
  for (const auto& precision : kPrecisions)
    for (const std::int64_t rows : {1, 50, 1000})  // of 128
      for (const bool tied : {true, false})
        for (const std::int64_t vocabulary : {256, 3000}) {
          TrainingConfig config = test::base(test::kProgram);
          config.precision = precision.mode;
          config.loss.chunk_rows = rows;
          config.model.tied_head = tied;
          config.model.vocabulary = vocabulary;
          config.train.accumulation = rows == 50 ? 2 : 1;
          config.train.zero_grad_to_none = rows != 1;
          test::expect_nothing_left(test::kProgram, config);
        }
}

TEST(ChunkedLossGrid, FitsForShapesAndModesDrawnAtRandom) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 24; ++seed) {
    TrainingConfig config = test::drawn_with_modes(test::kProgram, seed);
    test::Draw draw(seed);
    config.loss.hold_logits = false;
    config.loss.chunk_rows = draw.one_of({1, 3, 16, 100, 1000});
    config.scaler.initial_scale = 16.0;  // no step is left out because gradients of few tokens overflow
    if (!test::can_run(config)) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

}  // namespace
}  // namespace profile_train
