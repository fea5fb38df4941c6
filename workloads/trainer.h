#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <optional>

#include "hooks/session.h"
#include "workloads/batches.h"
#include "workloads/config.h"
#include "workloads/distillation.h"
#include "workloads/model.h"
#include "workloads/train.h"
#include "workloads/weight_update.h"

namespace profile_train::workloads {

/// Model, optimizer and data of one run, and the step that train() repeats. For one thread; a session must outlive it.
/// With a teacher, each micro-batch runs its forward pass first.
///
/// When tensors end decides what a profile shows, so here is when: logits as soon as the loss exists (or after
/// backward, if `loss.hold_logits`; with `loss.chunk_rows` they never are all there), the loss after backward, a batch
/// when the next one is drawn or the step ends, gradients in zero_grad at the end of the step.
class Trainer {
 public:
  static Result<std::unique_ptr<Trainer>> create(const TrainingConfig& config, Session* session);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// One optimizer step; none if `should_stop` ended it. Throws what LibTorch throws.
  Result<std::optional<StepReport>> step(const std::function<bool()>& should_stop);

  Model& model() { return *model_; }
  const Teacher* teacher() const { return teacher_ ? &*teacher_ : nullptr; }
  torch::optim::Optimizer& optimizer() { return update_->optimizer(); }

 private:
  Trainer(const TrainingConfig& config, Session* session, BatchSampler sampler);
  Result<double> micro_batch(Batch& batch);
  Batch on_device(const Batch& batch) const;
  /// Logits (B,S,V), or with a loss in chunks what the head multiplies, (B,S,H).
  torch::Tensor output_of(const Batch& batch);
  /// `taught`: the teacher's logits, undefined without one.
  torch::Tensor loss_of(const torch::Tensor& output, torch::Tensor taught, const Batch& batch) const;

  TrainingConfig config_;
  torch::Device device_;
  Session* session_;
  BatchSampler sampler_;
  std::shared_ptr<Model> model_;
  std::optional<Teacher> teacher_;
  std::unique_ptr<WeightUpdate> update_;
  std::int64_t steps_done_ = 0;
};

}  // namespace profile_train::workloads
