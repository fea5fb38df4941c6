// Fine-tuning on whatever device: 0 bytes of difference between prediction and observation, in every row.

#include <gtest/gtest.h>

#include "program_grid.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

enum class Tuning { frozen_blocks, adapters, adapters_beside_codes };

/// What else a training may have.
void add_other_modes(TrainingConfig& config, test::Draw& draw) {
  switch (draw.one_of({0, 1, 2, 3, 4, 5})) {
    case 0: config.loss.chunk_rows = config.loss.hold_logits ? 0 : draw.one_of({3, 50, 1000}); break;
    case 1: config.train.padding = 0.4; break;
    case 2: config.model.pruning = draw.maybe() ? Pruning::structured : Pruning::unstructured; break;
    case 3: config.distillation.teacher_blocks = draw.one_of({1, 3}); break;
    default: break;
  }
}

/// A shape, the modes, and what of it is trained.
TrainingConfig drawn(std::uint32_t seed, Tuning tuning) {
  TrainingConfig config = test::drawn_with_modes(test::kProgram, seed);
  test::Draw draw(seed + 1000);
  add_other_modes(config, draw);
  config.scaler.initial_scale = 16.0;  // the CPU computes the gradients: none may overflow, or there is no update
  if (tuning == Tuning::frozen_blocks) {
    config.model.frozen_blocks = draw.one_of({1, 1, 2, config.model.blocks});
    return config;
  }
  config.model.lora_rank = draw.one_of({1, 2, 4, 7, 32});
  if (tuning == Tuning::adapters) return config;
  config.model.weights = draw.maybe() ? WeightStorage::int4 : WeightStorage::int8;
  config.model.quantisation_group = draw.one_of({1, 2, 8, 16, 64});
  return config;
}

void fits_shapes_drawn_at_random(Tuning tuning, int count) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < count; ++seed) {
    const TrainingConfig config = drawn(seed, tuning);
    if (!test::can_run(config) || !why_not_covered(workloads::setup_of(config)).empty()) continue;
    SCOPED_TRACE(seed);
    test::expect_nothing_left(test::kProgram, config);
    ++compared;
  }
}

TEST(FinetuningGrid, FitsFrozenBlocks) { fits_shapes_drawn_at_random(Tuning::frozen_blocks, 40); }
TEST(FinetuningGrid, FitsAdapters) { fits_shapes_drawn_at_random(Tuning::adapters, 40); }
TEST(FinetuningGrid, FitsAdaptersBesideCodes) { fits_shapes_drawn_at_random(Tuning::adapters_beside_codes, 40); }

/// The configuration with one kind of fine-tuning after the other.
std::vector<TrainingConfig> tuned(TrainingConfig config) {
  std::vector<TrainingConfig> all;
  config.model.frozen_blocks = 1;
  all.push_back(config);
  config.model.frozen_blocks = 0;
  config.model.lora_rank = 4;
  all.push_back(config);
  config.model.quantisation_group = 16;
  for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4}) {
    config.model.weights = storage;
    all.push_back(config);
  }
  return all;
}

TEST(FinetuningGrid, FitsForEveryPrecisionAndCheckpointing) {
  for (const auto& precision : kPrecisions)
    for (const auto& checkpointing : kCheckpointings) {
      TrainingConfig config = test::base(test::kProgram);
      config.precision = precision.mode;
      config.model.checkpointing = checkpointing.mode;
      for (const TrainingConfig& each : tuned(config))
        if (test::can_run(each)) test::expect_nothing_left(test::kProgram, each);
    }
}

TEST(FinetuningGrid, FitsForEveryOptimizer) {
  for (const OptimizerNames& optimizer : kOptimizers)
    for (const ImplementationName& implementation : kOptimizerImplementations) {
      if (!optimizer.all_implementations && implementation.implementation != OptimizerImplementation::loop) continue;
      TrainingConfig config = test::base(test::kProgram);
      config.optimizer.kind = optimizer.kind;
      config.optimizer.implementation = implementation.implementation;
      config.optimizer.weight_decay = 0.1;
      config.train.clip_norm = 1.0;
      config.train.batch_size = 1;
      config.train.sequence = 4;
      for (const TrainingConfig& each : tuned(config)) test::expect_nothing_left(test::kProgram, each);
    }
}

}  // namespace
}  // namespace profile_train
