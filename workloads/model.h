#pragma once

#include <torch/torch.h>

#include <memory>
#include <span>
#include <string>

#include "workloads/batches.h"
#include "workloads/config.h"

namespace profile_train::workloads {

/// A language model as the training loop sees it: tokens in, logits out, with a seam before the head.
///
/// The seam is there for losses that do the head's product themselves, piece by piece. Every tensor is born with the
/// options the model was made with, so one can be made on any device, the meta device included.
class Model : public torch::nn::Module {
 public:
  /// (B,S) int64 -> what the head multiplies, (B,S,H).
  virtual torch::Tensor features(const torch::Tensor& ids) = 0;
  /// The same for sequences whose ends are padding, which nobody attends to: `lengths` (B) int64 says where it begins.
  /// modes.cpp refuses padding for families that have no such thing.
  virtual torch::Tensor features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths);
  /// (B,S,H) -> logits (B,S,V).
  virtual torch::Tensor head(const torch::Tensor& features) = 0;
  virtual const torch::Tensor& head_weight() const = 0;  ///< (V, H)
  /// What the model is trained on, made from a window of text and the one that begins a token later, which most models
  /// are to predict. Called while data is drawn.
  virtual Batch prepare(Batch batch) { return batch; }

  torch::Tensor forward(const torch::Tensor& ids) { return head(features(ids)); }
};

/// A kind of model. A new one is a file, and a line in models.cpp.
struct ModelFamily {
  std::string name;  ///< `model.family` of the configuration
  std::shared_ptr<Model> (*make)(const ModelConfig& config, const torch::TensorOptions& options);
};
std::span<const ModelFamily> model_families();

/// The model that the configuration names; load_config() has checked that there is one.
std::shared_ptr<Model> make_model(const ModelConfig& config, const torch::TensorOptions& options);

/// Parameters as numbers, each counted once.
std::int64_t parameter_count(const torch::nn::Module& model);

}  // namespace profile_train::workloads
