// Runs the real program on a simulated card and asks for 0 bytes of difference between prediction and observation.

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/optimizer_names.h"
#include "profiler/trace_reader.h"
#include "tests/workloads/temporary_folder.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/device.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

std::string described(const TrainingConfig& c) { return workloads::to_yaml(c); }

Summary observed(const TrainingConfig& config) {
  const workloads::TemporaryFolder folder;
  const Result<void> ready = workloads::prepare_device(config.device);
  if (!ready) ADD_FAILURE() << ready.error().message;
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  at::cuda::clearCublasWorkspaces();  // of the run before: the model begins with the session
  c10::cuda::CUDACachingAllocator::resetPeakStats(0);
  SessionOptions options;
  options.trace_path = folder.path("trace.ptrace");
  options.device = config.device;
  options.setup = workloads::setup_of(config);
  {
    Session session(options);
    const auto outcome = workloads::train(config, &session, {});
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    session.stop();
  }
  Result<Trace> trace = read_trace(options.trace_path);
  if (!trace) ADD_FAILURE() << trace.error().message;
  Summary summary = analyse(std::move(*trace)).summary;
  EXPECT_EQ(summary.peak.requested_bytes, c10::cuda::CUDACachingAllocator::getDeviceStats(0).requested_bytes[0].peak);
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 0);
  for (const PhaseSummary& phase : summary.phases) EXPECT_EQ(at(phase.end_by_category, Category::unknown), 0);
  return summary;
}

void expect_nothing_left(const ModelInstant& instant, const char* which) {
  SCOPED_TRACE(which);
  SCOPED_TRACE(instant.where);
  EXPECT_EQ(instant.residual_bytes, 0);
  EXPECT_EQ(instant.exact_phase, instant.observed_phase);
  for (const ModelTerm& term : instant.terms) EXPECT_EQ(term.residual_bytes, 0) << term.name;
}

void expect_nothing_left(const TrainingConfig& config) {
  SCOPED_TRACE(described(config));
  const ModelComparison model = observed(config).model;
  ASSERT_EQ(model.why_not, "");
  expect_nothing_left(model.spike, "logits spike");
  expect_nothing_left(model.peak, "peak, steady state");
  expect_nothing_left(model.first_step_peak, "peak, step 1");
}

TrainingConfig base() {
  TrainingConfig config = workloads::tiny_config();
  config.device = "cuda";
  config.train.steps = 2;
  return config;
}

TEST(CudaProgram, FitsForEveryAttentionDropoutAndOptimizer) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa})
    for (const double dropout : {0.0, 0.1})
      for (const double momentum : {-1.0, 0.0, 0.9}) {  // −1: AdamW
        TrainingConfig config = base();
        config.model.attention = attention;
        config.model.dropout = dropout;
        config.optimizer.kind = momentum < 0.0 ? OptimizerKind::adamw : OptimizerKind::sgd;
        config.optimizer.momentum = std::max(momentum, 0.0);
        expect_nothing_left(config);
      }
}

TEST(CudaProgram, FitsForEveryWayToHandleGradientsAndLogits) {
  for (const bool to_none : {true, false})
    for (const bool hold : {true, false})
      for (const double clip : {0.0, 1.0})
        for (const std::int64_t accumulation : {1, 3}) {
          TrainingConfig config = base();
          config.train.zero_grad_to_none = to_none;
          config.train.clip_norm = clip;
          config.train.accumulation = accumulation;
          config.loss.hold_logits = hold;
          expect_nothing_left(config);
        }
}

TEST(CudaProgram, FitsForTheSmallestPublishedModel) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    auto config = workloads::load_config("gpt_small", {}, PROFILE_TRAIN_RESOURCES);
    ASSERT_TRUE(config) << config.error().message;
    config->device = "cuda";
    config->model.attention = attention;
    config->train.steps = 2;
    expect_nothing_left(*config);
    config->train.batch_size = 8;  // many tokens: the logits spike is the peak
    EXPECT_EQ(observed(*config).model.peak.where, "backward: logits spike");
    expect_nothing_left(*config);
  }
}

TEST(CudaProgram, FitsForALossInChunks) {
  for (const std::int64_t rows : {1, 50, 64, 1000})  // 128 rows: an even split, an uneven one, more than there are
    for (const bool tied : {true, false})
      for (const std::int64_t accumulation : {1, 2})
        for (const std::int64_t vocabulary : {256, 5000}) {
          TrainingConfig config = base();
          config.loss.chunk_rows = rows;
          config.model.tied_head = tied;
          config.model.vocabulary = vocabulary;
          config.train.accumulation = accumulation;
          expect_nothing_left(config);
        }
}

/// Every optimizer, where the peak is in its step and where it is not.
TEST(CudaProgram, FitsForEveryOptimizer) {
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
        TrainingConfig config = base();
        config.optimizer.kind = kind;
        config.optimizer.implementation = implementation;
        config.optimizer.weight_decay = decay;
        config.optimizer.momentum = extra ? 0.9 : 0.0;
        config.optimizer.centered = extra && kind == OptimizerKind::rmsprop;
        expect_nothing_left(config);
        config.model.vocabulary = 5000;  // a large table and few tokens: the step is the peak, or the table's gradients
        config.train.batch_size = 1;
        config.train.sequence = 4;
        expect_nothing_left(config);
        config.model.tied_head = false;
        expect_nothing_left(config);
      }
}

/// A shape and a way of training drawn at random, the same in every run.
TrainingConfig drawn(std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto one_of = [&](std::initializer_list<std::int64_t> values) {
    return *(values.begin() + engine() % values.size());
  };
  const auto maybe = [&] { return engine() % 2 == 0; };
  TrainingConfig config = base();
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

TEST(CudaProgram, FitsForShapesDrawnAtRandom) {
  for (std::uint32_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    const TrainingConfig config = drawn(seed);
    const bool aligned = config.model.hidden / config.model.heads % 4 == 0;
    if (aligned || config.model.attention == AttentionKind::materialised) expect_nothing_left(config);
  }
}

}  // namespace
}  // namespace profile_train
