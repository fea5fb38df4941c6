#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <optional>

#include "workloads/batches.h"
#include "workloads/config.h"
#include "workloads/model.h"
#include "workloads/train.h"

namespace profile_train {
class Session;
}

namespace profile_train::workloads {

/// Model and data of a run that trains nothing: each step is one forward pass for the logits of every token, without
/// gradients and without dropout. The counterpart of Trainer; for one thread; a session must outlive it.
///
/// Logits and batch live until the step ends. There is no loss: StepReport::loss is not a number.
class Inference {
 public:
  static Result<std::unique_ptr<Inference>> create(const TrainingConfig& config, Session* session);
  ~Inference();
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;

  /// One forward pass; none if `should_stop` ended it. Throws what LibTorch throws.
  Result<std::optional<StepReport>> step(const std::function<bool()>& should_stop);

  Model& model() { return *model_; }

 private:
  Inference(const TrainingConfig& config, Session* session, BatchSampler sampler);

  TrainingConfig config_;
  torch::Device device_;
  Session* session_;
  BatchSampler sampler_;
  std::shared_ptr<Model> model_;
  std::int64_t steps_done_ = 0;
};

}  // namespace profile_train::workloads
