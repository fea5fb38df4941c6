#pragma once

#include <memory>

#include "profiler/memory_model/symbolic/model.h"

namespace profile_train::symbolic {

/// A second model that is never trained: the counterpart of workloads/distillation.h.
class Teacher {
 public:
  Teacher(Program& program, const TrainingSetup& setup);
  Tensor logits(const Tensor& ids);

 private:
  Program& program_;
  std::unique_ptr<Model> model_;
};

/// Cross-entropy with the text and divergence from the teacher, each times its share. `taught`, the teacher's logits,
/// is let go of as soon as its softmax exists.
Tensor distillation_loss(Program& program, const Tensor& logits, Tensor taught, const Tensor& targets);

}  // namespace profile_train::symbolic
