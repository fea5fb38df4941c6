// Runs the real program on a simulated card and asks for 0 bytes of difference between prediction and observation.

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "program_grid.h"
#include "tests/workloads/temporary_folder.h"
#include "workloads/device.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

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

constexpr test::ProgramUnderTest kProgram{"cuda", observed};

TEST(CudaProgram, FitsForEveryAttentionDropoutAndOptimizer) {
  test::fits_every_attention_dropout_and_optimizer(kProgram);
}
TEST(CudaProgram, FitsForEveryWayToHandleGradientsAndLogits) {
  test::fits_every_way_to_handle_gradients_and_logits(kProgram);
}
TEST(CudaProgram, FitsForALossInChunks) { test::fits_a_loss_in_chunks(kProgram); }
TEST(CudaProgram, FitsForEveryOptimizer) { test::fits_every_optimizer(kProgram); }
TEST(CudaProgram, FitsForShapesDrawnAtRandom) { test::fits_shapes_drawn_at_random(kProgram); }
TEST(CudaProgram, FitsForEveryPrecisionAttentionAndCheckpointing) { test::fits_every_mode(kProgram, 0.0); }
TEST(CudaProgram, FitsForEveryPrecisionAttentionAndCheckpointingWithDropout) { test::fits_every_mode(kProgram, 0.1); }
TEST(CudaProgram, FitsForShapesAndModesDrawnAtRandom) { test::fits_shapes_and_modes_drawn_at_random(kProgram); }

TEST(CudaProgram, FitsForTheSmallestPublishedModel) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    auto config = workloads::load_config("gpt_small", {}, PROFILE_TRAIN_RESOURCES);
    ASSERT_TRUE(config) << config.error().message;
    config->device = "cuda";
    config->model.attention = attention;
    config->train.steps = 2;
    test::expect_nothing_left(kProgram, *config);
    config->train.batch_size = 8;  // many tokens: the logits spike is the peak
    EXPECT_EQ(observed(*config).model.peak.where, "backward: logits spike");
    test::expect_nothing_left(kProgram, *config);
  }
}

}  // namespace
}  // namespace profile_train
