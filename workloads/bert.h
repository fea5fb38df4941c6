#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "workloads/config.h"
#include "workloads/layers.h"
#include "workloads/model.h"

namespace profile_train::workloads {

/// Self-attention to all positions and a feed-forward part, each with its norm after the sum.
class BertBlock : public torch::nn::Module {
 public:
  BertBlock(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  /// `mask`: padding_mask() of the sequences, or undefined if none is padded.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& mask);

 private:
  torch::Tensor attend(const torch::Tensor& x, const torch::Tensor& mask);

  std::string path_;
  AttentionKind kind_;
  std::int64_t heads_;
  double dropout_;
  std::shared_ptr<Linear> query_, key_, value_, attention_dense_, wide_dense_, narrow_dense_;
  std::shared_ptr<LayerNorm> attention_norm_, norm_;
};

/// BERT with the head that predicts masked tokens, with the names and shapes of the published checkpoints.
///
/// Trained as published: of each text 15 % of the tokens are hidden, and only these count in the loss. Hidden tokens
/// become the last token of the vocabulary; all belong to the first segment.
class Bert : public Model {
 public:
  Bert(const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor features(const torch::Tensor& ids) override { return features_of_padded(ids, {}); }
  torch::Tensor features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths) override;
  torch::Tensor head(const torch::Tensor& features) override;
  const torch::Tensor& head_weight() const override { return head_weight_; }
  Batch prepare(Batch batch) override;

 private:
  AttentionKind attention_;
  std::int64_t vocabulary_;
  double dropout_;
  Checkpointing checkpointing_;
  std::int64_t checkpoint_every_;
  std::shared_ptr<Embedding> words_, positions_, segments_;
  std::shared_ptr<LayerNorm> embedding_norm_, transform_norm_;
  std::vector<std::shared_ptr<BertBlock>> layers_;
  std::shared_ptr<Linear> transform_;
  torch::Tensor head_weight_;  // (V, H): the token table if the head is tied
  torch::Tensor head_bias_;    // (V)
};

}  // namespace profile_train::workloads
