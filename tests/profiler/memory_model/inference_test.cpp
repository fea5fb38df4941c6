// A forward pass without gradients, real and predicted: on the CPU, or on CUDA where the program has it.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/memory_model/symbolic/training_run.h"
#include "profiler/mode_names.h"
#include "profiler/trace_reader.h"
#include "tests/workloads/temporary_folder.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/device.h"
#include "workloads/model.h"
#include "workloads/train.h"

namespace profile_train {
namespace {

using workloads::TrainingConfig;

/// Peak of one forward pass, without what LibTorch gave the matrix libraries: that is there once in a process.
Bytes observed(const TrainingConfig& config) {
  const workloads::TemporaryFolder folder;
  SessionOptions options;
  options.trace_path = folder.path("trace.ptrace");
  options.device = config.device;
  {
    Session session(options);
    const torch::Device device(config.device);
    const auto weights = is_pure_half(config.precision) ? torch::kBFloat16 : torch::kFloat32;
    const auto model = workloads::make_model(config.model, torch::TensorOptions().dtype(weights).device(device));
    model->eval();
    session.watch(*model);
    const torch::NoGradGuard no_gradients;
    const auto like_a_batch = [&] {
      return torch::zeros({config.train.batch_size, config.train.sequence},
                          torch::TensorOptions().dtype(torch::kInt64).device(device));
    };
    const auto inputs = like_a_batch(), targets = like_a_batch();
    const PhaseGuard phase(Phase::forward);
    const auto logits = model->forward(inputs);
  }
  Result<Trace> trace = read_trace(options.trace_path);
  if (!trace) ADD_FAILURE() << trace.error().message;
  const auto peak = analyse(std::move(*trace)).summary.peak;
  return peak.requested_bytes - at(peak.by_category, Category::workspace);
}

Bytes predicted(const TrainingConfig& config) {
  TrainingSetup setup = workloads::setup_of(config);
  setup.cublas_workspace_bytes = setup.cublaslt_workspace_bytes = 0;
  const auto run = symbolic::predict_inference(setup);
  return std::ranges::max_element(run.events, {}, &symbolic::PredictedEvent::live_bytes)->live_bytes;
}

void expect_the_predicted_peak(TrainingConfig config) {
  config.device = torch::cuda::is_available() ? "cuda" : "cpu";
  ASSERT_TRUE(workloads::prepare_device(config.device));
  torch::set_num_threads(1);
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa})
    for (const Precision precision : {Precision::fp32, Precision::bf16})
      for (const std::int64_t vocabulary : {8, 256, 5000})  // of 8: no peak in the head
        for (const bool tied : {true, false}) {
          // In half precision the CPU's matrix library takes scratch that the model names and does not foresee.
          if (precision == Precision::bf16 && config.device == "cpu") continue;
          config.model.attention = attention;
          config.model.vocabulary = vocabulary;
          config.model.tied_head = tied;
          config.precision = precision;
          EXPECT_EQ(observed(config), predicted(config)) << workloads::to_yaml(config);
        }
}

TEST(Inference, PeaksWhereItIsPredicted) { expect_the_predicted_peak(workloads::tiny_config()); }

/// Also where attention is the peak, in which kernels of CUDA leave out what only backward needs.
TEST(Inference, OfLlamaPeaksWhereItIsPredicted) {
  for (const std::int64_t feed_forward : {8, 128})
    for (const std::int64_t kv_heads : {1, 2, 4}) {
      TrainingConfig config = workloads::tiny_config();
      config.model.family = "llama";
      config.model.kv_heads = kv_heads;
      config.model.feed_forward = feed_forward;
      expect_the_predicted_peak(config);
    }
}

}  // namespace
}  // namespace profile_train
