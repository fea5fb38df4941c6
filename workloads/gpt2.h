#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "workloads/config.h"
#include "workloads/layers.h"
#include "workloads/model.h"
#include "workloads/projection.h"

namespace profile_train::workloads {

/// Multi-head causal self-attention with one projection for q, k and v.
class Attention : public torch::nn::Module {
 public:
  Attention(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  /// `mask`: causal_mask_of_padded() of the sequences, or undefined if none is padded.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& mask);

 private:
  std::string path_;
  AttentionKind kind_;
  std::int64_t heads_;
  std::int64_t head_size_;
  double dropout_;
  std::shared_ptr<Projection> c_attn_;
  std::shared_ptr<Projection> c_proj_;
};

/// The feed-forward half of a block, with the tanh form of GELU that GPT-2 was trained with.
class Mlp : public torch::nn::Module {
 public:
  Mlp(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::string path_;
  double dropout_;
  std::shared_ptr<Projection> c_fc_;
  std::shared_ptr<Projection> c_proj_;
};

/// x + attn(ln_1(x)), then the same with the feed-forward part: norms before, residual around.
class Block : public torch::nn::Module {
 public:
  Block(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& mask);

 private:
  torch::Tensor attend(const torch::Tensor& normed, const torch::Tensor& mask);

  std::string path_;
  bool checkpoints_attention_;
  bool draws_;
  std::shared_ptr<LayerNorm> ln_1_;
  std::shared_ptr<Attention> attn_;
  std::shared_ptr<LayerNorm> ln_2_;
  std::shared_ptr<Mlp> mlp_;
};

class Transformer : public torch::nn::Module {
 public:
  Transformer(const ModelConfig& config, const torch::TensorOptions& options);
  /// `lengths` (B): where padding begins; undefined: nowhere.
  torch::Tensor forward(const torch::Tensor& ids, const torch::Tensor& lengths);
  const torch::Tensor& token_table() const { return wte_->weight(); }

 private:
  torch::Tensor through(const std::shared_ptr<Block>& block, bool checkpointed, torch::Tensor x,
                        const torch::Tensor& mask);

  std::string path_;
  AttentionKind attention_;
  double dropout_;
  Checkpointing checkpointing_;
  std::int64_t checkpoint_every_;
  std::shared_ptr<Embedding> wte_;
  std::shared_ptr<Embedding> wpe_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<LayerNorm> ln_f_;
};

/// GPT-2 as published: learned positions, norms before each half of a block, a head that shares the token table.
///
/// Modules and parameters have the names and shapes of the published checkpoints (transformer.h.0.attn.c_attn.weight is
/// (H, 3H)), and the published initialisation. With a tied head there is no lm_head.weight: parameters() has each once.
/// Every tensor is born with `options`, so a model can be made on any device, the meta device included.
class Gpt2 : public Model {
 public:
  Gpt2(const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor features(const torch::Tensor& ids) override { return transformer_->forward(ids, {}); }
  torch::Tensor features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths) override {
    return transformer_->forward(ids, lengths);
  }
  torch::Tensor head(const torch::Tensor& features) override;
  const torch::Tensor& head_weight() const override { return head_weight_; }

 private:
  std::string head_path_;
  std::shared_ptr<Transformer> transformer_;
  std::shared_ptr<torch::nn::Module> lm_head_;
  torch::Tensor head_weight_;  // (V, H): the token table, unless the head is its own
};

}  // namespace profile_train::workloads
