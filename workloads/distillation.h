#pragma once

#include <torch/torch.h>

#include <memory>

#include "workloads/config.h"
#include "workloads/model.h"

namespace profile_train {
class Session;
}

namespace profile_train::workloads {

/// The model whose logits another one learns. It is never trained: no gradients, no optimizer state, no dropout, and
/// its forward pass keeps nothing but the logits.
class Teacher {
 public:
  Teacher(const TrainingConfig& config, const torch::TensorOptions& options);

  void show_to(Session& session) const;
  torch::Tensor logits(const torch::Tensor& ids) const;  // (B,S) -> (B,S,V)
  const Model& model() const { return *model_; }

 private:
  std::shared_ptr<Model> model_;
};

/// What the teacher of a configuration looks like: the student's vocabulary, positions and attention, sizes of its own.
ModelConfig teacher_of(const TrainingConfig& config);

/// (1 − w) · cross-entropy with the text + w · T² · KL(teacher ‖ student), both softened by the temperature T. T² keeps
/// the gradients of the second part as large as they are without softening. A mean over the rows, like the first part.
///
/// Logits are (B,S,V). The teacher's are let go as soon as their softmax exists, if the caller moved them here.
torch::Tensor distillation_loss(const torch::Tensor& logits, torch::Tensor teacher_logits, const torch::Tensor& targets,
                                const DistillationConfig& config);

}  // namespace profile_train::workloads
