#pragma once

#include <memory>
#include <vector>

#include "profiler/memory_model/symbolic/autograd.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

struct Batch {
  Tensor inputs;        ///< (B, S) int64
  Tensor targets;       ///< (B, S) int64
  Tensor lengths = {};  ///< (B) int64, if sequences are padded
};

/// A language model as the training loop sees it: the counterpart of workloads/model.h, without its numbers.
class Model {
 public:
  Model() = default;
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  virtual Tensor features(const Tensor& ids) = 0;  ///< (B, S) int64 → what the head multiplies, (B, S, H)
  /// The same where sequences end in padding. why_not_covered() leaves out the families that have no such thing.
  virtual Tensor features_of_padded(const Tensor& ids, const Tensor& /*lengths*/) { return features(ids); }
  virtual Tensor head(const Tensor& features) = 0;  ///< (B, S, H) → logits (B, S, V)
  virtual const Tensor& head_weight() const = 0;    ///< (V, H)
  virtual Batch prepare(Batch batch) { return batch; }

  /// In the order that named_parameters() of the real model has.
  const std::vector<std::shared_ptr<Parameter>>& parameters() const { return parameters_; }

 protected:
  std::vector<std::shared_ptr<Parameter>> parameters_;
};

/// The model that the setup names; why_not_covered() says whether there is one.
std::unique_ptr<Model> make_model(Program& program, const TrainingSetup& setup);

}  // namespace profile_train::symbolic
