#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "workloads/config.h"
#include "workloads/layers.h"
#include "workloads/model.h"

namespace profile_train::workloads {

/// Attention without a scale and without biases, to the input itself or to what the encoder made.
class T5Attention : public torch::nn::Module {
 public:
  T5Attention(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& source, const torch::Tensor& bias);
  /// The first attention of a stack owns the table of its position bias, (32, a).
  void own_position_bias(const torch::TensorOptions& options);
  /// (1, a, S, S), from how far apart two positions are; causal for a decoder, with −∞ for what comes later.
  torch::Tensor position_bias(std::int64_t sequence, bool causal) const;

 private:
  std::string path_;
  AttentionKind kind_;
  std::int64_t heads_;
  double dropout_;
  std::shared_ptr<Linear> q_, k_, v_, o_;
  torch::Tensor bias_table_;
};

/// A block of the encoder, or with a second attention one of the decoder.
class T5Block : public torch::nn::Module {
 public:
  T5Block(std::string path, const ModelConfig& config, bool decodes, bool first, const torch::TensorOptions& options);
  /// `encoded` is undefined in the encoder.
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& encoded, const torch::Tensor& bias);
  const T5Attention& attention() const { return *attention_; }

 private:
  torch::Tensor widened(const torch::Tensor& normed);

  std::string path_;
  double dropout_;
  std::shared_ptr<T5Attention> attention_, cross_attention_;
  std::shared_ptr<RmsNorm> attention_norm_, cross_norm_, wide_norm_;
  std::shared_ptr<Linear> wi_;           // where the feed-forward part is not gated
  std::shared_ptr<Linear> wi_0_, wi_1_;  // where it is
  std::shared_ptr<Linear> wo_;
};

class T5Stack : public torch::nn::Module {
 public:
  T5Stack(std::string path, const ModelConfig& config, bool decodes, const torch::TensorOptions& options);
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& encoded);

 private:
  torch::Tensor through(std::size_t number, torch::Tensor x, const torch::Tensor& encoded, const torch::Tensor& bias);

  std::string path_;
  bool decodes_;
  double dropout_;
  Checkpointing checkpointing_;
  std::int64_t checkpoint_every_;
  std::vector<std::shared_ptr<T5Block>> blocks_;
  std::shared_ptr<RmsNorm> norm_;
};

/// T5: as first published ReLU between two matrices, and a head that shares the token table and scales what it is
/// given; as version 1.1 and Flan-T5 have it a third matrix whose GELU is a gate, and a head of its own.
///
/// The encoder reads the whole window, the decoder the same window token by token, and predicts the next one.
class T5 : public Model {
 public:
  T5(const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor features(const torch::Tensor& ids) override;
  torch::Tensor head(const torch::Tensor& features) override;
  const torch::Tensor& head_weight() const override { return head_weight_; }

 private:
  bool tied_head_;
  std::shared_ptr<Embedding> shared_;
  std::shared_ptr<T5Stack> encoder_, decoder_;
  torch::Tensor head_weight_;  // (V, H)
};

}  // namespace profile_train::workloads
