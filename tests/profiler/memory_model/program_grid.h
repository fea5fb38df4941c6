// What the real program is asked for, on whatever device: 0 bytes of difference between prediction and observation, in
// every row, at the logits spike, at the peak of the last step and at that of step 1.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/terms.h"
#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"
#include "profiler/summary.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/modes.h"
#include "workloads/train.h"

namespace profile_train::test {

using workloads::TrainingConfig;

/// A device to train on, and how to see what it did.
struct ProgramUnderTest {
  const char* device;
  Summary (*observed)(const TrainingConfig& config);
};

/// The one this executable is about: program_on_cpu.cpp or program_on_cuda.cpp. Files named *_grid_test.cpp are part of
/// both.
extern const ProgramUnderTest kProgram;

inline TrainingConfig base(const ProgramUnderTest& program) {
  TrainingConfig config = workloads::tiny_config();
  config.device = program.device;
  config.train.steps = 2;
  return config;
}

/// What a library worked in at that instant; the model cannot know it.
inline Bytes scratch_of_libraries(const ModelInstant& instant) {
  for (const ModelTerm& term : instant.terms)
    if (term.name == name_of(Term::library_scratch)) return term.observed_bytes.value_or(0);
  return 0;
}

inline void expect_nothing_left(const ModelInstant& instant, const char* which) {
  SCOPED_TRACE(which);
  SCOPED_TRACE(instant.where);
  const Bytes scratch = scratch_of_libraries(instant);
  if (scratch > 0) {  // it moved the peak to where it is high itself, and raised it by no more than itself
    EXPECT_GE(instant.residual_bytes.value(), 0);
    EXPECT_LE(instant.residual_bytes.value(), scratch);
    return;
  }
  EXPECT_EQ(instant.exact_phase, instant.observed_phase);
  EXPECT_EQ(instant.residual_bytes, 0);
  for (const ModelTerm& term : instant.terms) EXPECT_EQ(term.residual_bytes, 0) << term.name;
}

inline void expect_nothing_left(const ProgramUnderTest& program, const TrainingConfig& config) {
  SCOPED_TRACE(workloads::to_yaml(config));
  const Summary summary = program.observed(config);
  EXPECT_EQ(at(summary.category_peaks, Category::unknown), 0);
  const ModelComparison& model = summary.model;
  ASSERT_EQ(model.why_not, "");
  EXPECT_EQ(scratch_of_libraries(model.spike), 0);
  expect_nothing_left(model.spike, "logits spike");
  expect_nothing_left(model.peak, "peak, steady state");
  expect_nothing_left(model.first_step_peak, "peak, step 1");
}

inline void fits_every_attention_dropout_and_optimizer(const ProgramUnderTest& program) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa})
    for (const double dropout : {0.0, 0.1})
      for (const double momentum : {-1.0, 0.0, 0.9}) {  // −1: AdamW
        TrainingConfig config = base(program);
        config.model.attention = attention;
        config.model.dropout = dropout;
        config.optimizer.kind = momentum < 0.0 ? OptimizerKind::adamw : OptimizerKind::sgd;
        config.optimizer.momentum = std::max(momentum, 0.0);
        expect_nothing_left(program, config);
      }
}

inline void fits_every_way_to_handle_gradients_and_logits(const ProgramUnderTest& program) {
  for (const bool to_none : {true, false})
    for (const bool hold : {true, false})
      for (const double clip : {0.0, 1.0})
        for (const std::int64_t accumulation : {1, 3}) {
          TrainingConfig config = base(program);
          config.train.zero_grad_to_none = to_none;
          config.train.clip_norm = clip;
          config.train.accumulation = accumulation;
          config.loss.hold_logits = hold;
          expect_nothing_left(program, config);
        }
}

inline void fits_a_loss_in_chunks(const ProgramUnderTest& program) {
  for (const std::int64_t rows : {1, 50, 64, 1000})  // 128 rows: an even split, an uneven one, more than there are
    for (const bool tied : {true, false})
      for (const std::int64_t accumulation : {1, 2})
        for (const std::int64_t vocabulary : {256, 5000}) {
          TrainingConfig config = base(program);
          config.loss.chunk_rows = rows;
          config.model.tied_head = tied;
          config.model.vocabulary = vocabulary;
          config.train.accumulation = accumulation;
          expect_nothing_left(program, config);
        }
}

/// Every optimizer, where the peak is in its step and where it is not.
inline void fits_every_optimizer(const ProgramUnderTest& program, Precision precision = Precision::fp32) {
  using enum OptimizerImplementation;
  const std::pair<OptimizerKind, OptimizerImplementation> optimizers[] = {
      {OptimizerKind::adam, loop},     {OptimizerKind::adam, foreach},   {OptimizerKind::adam, fused},
      {OptimizerKind::adamw, foreach}, {OptimizerKind::adamw, fused},    {OptimizerKind::rmsprop, loop},
      {OptimizerKind::lamb, loop},     {OptimizerKind::adafactor, loop}, {OptimizerKind::adamw_8bit, loop},
      {OptimizerKind::sgd, loop},
  };
  for (const auto& [kind, implementation] : optimizers)
    for (const double decay : {0.0, 0.1})
      for (const bool extra : {false, true}) {  // momentum, and for RMSprop the mean of the gradients
        if (extra && kind != OptimizerKind::rmsprop && kind != OptimizerKind::sgd) continue;
        TrainingConfig config = base(program);
        config.precision = precision;
        config.optimizer.kind = kind;
        config.optimizer.implementation = implementation;
        config.optimizer.weight_decay = decay;
        config.optimizer.momentum = extra ? 0.9 : 0.0;
        config.optimizer.centered = extra && kind == OptimizerKind::rmsprop;
        expect_nothing_left(program, config);
        config.model.vocabulary = 5000;  // a large table and few tokens: the step is the peak, or the table's gradients
        config.train.batch_size = 1;
        config.train.sequence = 4;
        expect_nothing_left(program, config);
        config.model.tied_head = false;
        expect_nothing_left(program, config);
      }
}

/// Draws values from lists, the same ones for the same seed.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : engine_(seed) {}
  std::int64_t one_of(std::initializer_list<std::int64_t> values) {
    return *(values.begin() + engine_() % values.size());
  }
  template <typename List>
  const auto& from(const List& list) {
    return list[engine_() % std::size(list)];
  }
  bool maybe() { return engine_() % 2 == 0; }

 private:
  std::mt19937 engine_;
};

/// A shape and a way of training.
inline TrainingConfig drawn(const ProgramUnderTest& program, std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto one_of = [&](std::initializer_list<std::int64_t> values) {
    return *(values.begin() + engine() % values.size());
  };
  const auto maybe = [&] { return engine() % 2 == 0; };
  TrainingConfig config = base(program);
  config.model.blocks = one_of({1, 2, 3, 5});
  config.model.heads = one_of({1, 2, 3, 5});
  config.model.hidden = config.model.heads * one_of({4, 8, 12, 17});
  config.model.feed_forward = maybe() ? 4 * config.model.hidden : one_of({7, 50, 333});
  config.model.vocabulary = one_of({256, 300, 1001, 5000});
  config.model.positions = 256;
  config.model.dropout = maybe() ? 0.1 : 0.0;
  config.model.attention = maybe() ? AttentionKind::sdpa : AttentionKind::materialised;
  config.model.tied_head = engine() % 3 != 0;
  config.train.batch_size = one_of({1, 2, 3});
  config.train.sequence = one_of({2, 7, 33, 64, 200});
  config.train.accumulation = one_of({1, 1, 2});
  config.train.clip_norm = maybe() ? 1.0 : 0.0;
  config.train.zero_grad_to_none = maybe();
  config.loss.hold_logits = maybe();
  if (!config.loss.hold_logits && maybe()) config.loss.chunk_rows = one_of({1, 3, 16, 1000});
  const OptimizerNames& optimizer = kOptimizers[engine() % std::size(kOptimizers)];
  config.optimizer.kind = optimizer.kind;
  config.optimizer.weight_decay = maybe() ? 0.1 : 0.0;
  if (optimizer.momentum) config.optimizer.momentum = maybe() ? 0.9 : 0.0;
  if (optimizer.centered) config.optimizer.centered = maybe();
  if (optimizer.all_implementations)
    config.optimizer.implementation = kOptimizerImplementations[engine() % 3].implementation;
  return config;
}

inline void fits_shapes_drawn_at_random(const ProgramUnderTest& program) {
  for (std::uint32_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    const TrainingConfig config = drawn(program, seed);
    if (why_not_covered(workloads::setup_of(config)).empty()) expect_nothing_left(program, config);
  }
}

inline bool can_run(const TrainingConfig& config) {
  return !workloads::impossible_modes(config) &&
         workloads::check_modes_on_device(config, workloads::setup_of(config).compute_capability);
}

/// Every precision with every attention and every kind of checkpointing.
inline void fits_every_mode(const ProgramUnderTest& program, double dropout) {
  for (const auto& precision : kPrecisions)
    for (const auto& attention : kAttentions)
      for (const auto& checkpointing : kCheckpointings) {
        TrainingConfig config = base(program);
        config.model.blocks = 3;
        config.model.dropout = dropout;
        config.precision = precision.mode;
        config.model.attention = attention.mode;
        config.model.checkpointing = checkpointing.mode;
        if (can_run(config)) expect_nothing_left(program, config);
      }
}

/// A shape and the modes together.
inline TrainingConfig drawn_with_modes(const ProgramUnderTest& program, std::uint32_t seed) {
  Draw draw(seed);
  TrainingConfig config = base(program);
  config.precision = draw.from(kPrecisions).mode;
  config.model.attention = draw.from(kAttentions).mode;
  config.model.checkpointing = draw.from(kCheckpointings).mode;
  config.model.checkpoint_every = draw.one_of({2, 3});
  config.model.blocks = draw.one_of({1, 2, 3, 5});
  config.model.heads = draw.one_of({1, 2, 3, 5});
  config.model.hidden = config.model.heads * draw.one_of({8, 16, 40, 72});
  config.model.feed_forward = draw.maybe() ? 4 * config.model.hidden : draw.one_of({7, 50, 333});
  config.model.vocabulary = draw.one_of({256, 300, 1001, 5000});
  config.model.positions = 256;
  config.model.dropout = draw.maybe() ? 0.1 : 0.0;
  config.model.tied_head = draw.one_of({0, 1, 2}) != 0;
  config.train.batch_size = draw.one_of({1, 2, 3});
  config.train.sequence = draw.one_of({2, 7, 33, 64, 200});
  config.train.accumulation = draw.one_of({1, 1, 2});
  config.train.clip_norm = draw.maybe() ? 1.0 : 0.0;
  config.train.zero_grad_to_none = draw.maybe();
  config.loss.hold_logits = draw.maybe();
  config.optimizer.kind = draw.maybe() ? OptimizerKind::adamw : OptimizerKind::sgd;
  config.optimizer.weight_decay = draw.maybe() ? 0.1 : 0.0;
  if (config.optimizer.kind == OptimizerKind::sgd) config.optimizer.momentum = draw.maybe() ? 0.9 : 0.0;
  return config;
}

inline void fits_shapes_and_modes_drawn_at_random(const ProgramUnderTest& program) {
  int compared = 0;
  for (std::uint32_t seed = 1; compared < 48; ++seed) {
    const TrainingConfig config = drawn_with_modes(program, seed);
    if (!can_run(config)) continue;
    SCOPED_TRACE(seed);
    expect_nothing_left(program, config);
    ++compared;
  }
}

}  // namespace profile_train::test
