#include "workloads/train.h"

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

#include "profiler/mode_names.h"
#include "workloads/device.h"
#include "workloads/inference.h"
#include "workloads/pruning.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

ModelReport describe(const torch::nn::Module& model) {
  ModelReport report;
  for (const auto& parameter : model.parameters()) {
    report.parameters += parameter.numel();
    report.parameter_tensors += 1;
    report.parameter_bytes += static_cast<std::int64_t>(parameter.nbytes());
  }
  return report;
}

/// What was asked for and how much was free; the advice that LibTorch adds is about its own settings.
std::string first_figures(const std::string& text) {
  const std::string until = " Including";
  const auto end = text.find(until);
  return end == std::string::npos ? text.substr(0, text.find('\n')) : text.substr(0, end);
}

/// LibTorch's first line says what happened; the rest is a back trace.
std::string reason_of(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    return fmt::format("out of memory ({}); try a smaller train.batch_size or train.sequence",
                       first_figures(error.what()));
  }
  const auto* of_libtorch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = of_libtorch != nullptr ? of_libtorch->what_without_backtrace() : error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      text.find("can't allocate memory") != std::string::npos) {
    return fmt::format("out of memory ({}); try a smaller train.batch_size or train.sequence", text);
  }
  return text.substr(0, text.find('\n'));
}

/// `Program`: Trainer or Inference.
template <typename Program>
Result<TrainingOutcome> run(const TrainingConfig& config, Session* session, const TrainingCallbacks& callbacks,
                            TrainingOutcome& outcome) {
  auto program = Program::create(config, session);
  if (!program) return tl::unexpected(program.error());
  outcome.model = describe((*program)->model());
  if (callbacks.on_model) callbacks.on_model(outcome.model);
  for (std::int64_t i = 0; i < config.train.steps; ++i) {
    const auto report = (*program)->step(callbacks.should_stop);
    if (!report) return tl::unexpected(report.error());
    if (!*report) {
      outcome.interrupted = true;
      if (session != nullptr) session->note_interrupted();
      break;
    }
    outcome.steps.push_back(**report);
    if (callbacks.on_step) callbacks.on_step(**report);
  }
  return outcome;
}

}  // namespace

Result<TrainingOutcome> train(const TrainingConfig& config, Session* session, const TrainingCallbacks& callbacks) {
  TrainingOutcome outcome;
  Result<TrainingOutcome> result;
  try {
    const bool trains = config.task == Task::training;
    result = trains ? run<Trainer>(config, session, callbacks, outcome)
                    : run<Inference>(config, session, callbacks, outcome);
  } catch (const std::exception& error) {
    const std::string where = outcome.model.parameters == 0 ? "while the model was made"
                                                            : fmt::format("in step {}", outcome.steps.size() + 1);
    result = failure(fmt::format("{} failed {}: {}", names_of(config.task).title, where, reason_of(error)));
  }
  if (!result && session != nullptr) session->note_failure(result.error().message);
  return result;
}

TrainingSetup setup_of(const TrainingConfig& config) {
  TrainingSetup setup;
  setup.model_family = config.model.family;
  setup.blocks = config.model.blocks;
  setup.decoder_blocks = config.model.decoder_blocks;
  setup.gated_feed_forward = config.model.gated_feed_forward;
  setup.hidden = config.model.hidden;
  const ModelConfig left = after_pruning(config.model);
  setup.heads = left.heads;
  setup.kv_heads = config.model.kv_heads;
  setup.head_size = left.head_size;
  setup.feed_forward = left.feed_forward;
  setup.vocabulary = config.model.vocabulary;
  setup.positions = config.model.positions;
  setup.tied_head = config.model.tied_head;
  setup.dropout = config.model.dropout;
  setup.batch = config.train.batch_size;
  setup.sequence = config.train.sequence;
  setup.steps = config.train.steps;
  setup.accumulation = config.train.accumulation;
  setup.clip_norm = config.train.clip_norm;
  setup.gradients_set_to_none = config.train.zero_grad_to_none;
  setup.logits_held = config.loss.hold_logits;
  setup.loss_chunk_rows = config.loss.chunk_rows;
  setup.attention = config.model.attention;
  setup.padding = config.train.padding;
  setup.checkpointing = config.model.checkpointing;
  setup.checkpoint_every = config.model.checkpointing == Checkpointing::every ? config.model.checkpoint_every : 1;
  setup.task = config.task;
  setup.frozen_blocks = config.model.frozen_blocks;
  setup.lora_rank = config.model.lora_rank;
  setup.weight_storage = config.model.weights;
  setup.quantisation_group = config.model.quantisation_group;
  setup.pruning = config.model.pruning;
  setup.pruned_share = config.model.pruning != Pruning::none ? config.model.pruned_share : 0.0;
  if (const DistillationConfig& teacher = config.distillation; teacher.teacher_blocks > 0) {
    setup.teacher_blocks = teacher.teacher_blocks;
    setup.teacher_hidden = teacher.teacher_hidden > 0 ? teacher.teacher_hidden : config.model.hidden;
    setup.teacher_heads = teacher.teacher_heads > 0 ? teacher.teacher_heads : config.model.heads;
  }
  setup.optimizer = config.optimizer.kind;
  setup.optimizer_implementation = config.optimizer.implementation;
  setup.momentum = config.optimizer.momentum;
  setup.centered = config.optimizer.centered;
  setup.weight_decay = config.optimizer.weight_decay;
  setup.precision = config.precision;
  setup.loss_scaled = config.precision == Precision::autocast_fp16 && config.scaler.enabled;
  setup.device = config.device;
  setup.compute_capability = compute_capability(config.device);
  setup.multiprocessors = multiprocessors(config.device);
  const LibraryWorkspaces workspaces = library_workspaces(config.device);
  setup.cublas_workspace_bytes = workspaces.cublas_bytes;
  setup.cublaslt_workspace_bytes = workspaces.cublaslt_bytes;
  setup.threads = config.train.threads > 0 ? config.train.threads : torch::get_num_threads();
  return setup;
}

}  // namespace profile_train::workloads
