#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "workloads/config.h"
#include "workloads/layers.h"
#include "workloads/model.h"

namespace profile_train::workloads {

/// Angles of rotary positions: cosine and sine, (S, d), made once in each forward pass and kept by all blocks.
struct Rotation {
  Rotation(std::int64_t sequence, std::int64_t head_size, double base, const torch::TensorOptions& options);
  torch::Tensor operator()(const torch::Tensor& x) const;  // (B, a, S, d)

  torch::Tensor cosine;
  torch::Tensor sine;
};

/// Causal attention with rotary positions, in which `heads / kv_heads` heads of queries share one of keys and values.
class LlamaAttention : public torch::nn::Module {
 public:
  LlamaAttention(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  /// `mask`: causal_mask_of_padded() of the sequences, or undefined if none is padded.
  torch::Tensor forward(const torch::Tensor& x, const Rotation& rotation, const torch::Tensor& mask);

 private:
  std::string path_;
  AttentionKind kind_;
  std::int64_t heads_;
  std::int64_t kv_heads_;
  std::int64_t head_size_;
  std::shared_ptr<Linear> q_proj_, k_proj_, v_proj_, o_proj_;
};

/// SwiGLU: down(silu(gate(x)) · up(x)).
class LlamaMlp : public torch::nn::Module {
 public:
  LlamaMlp(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::string path_;
  std::shared_ptr<Linear> gate_proj_, up_proj_, down_proj_;
};

class LlamaBlock : public torch::nn::Module {
 public:
  LlamaBlock(std::string path, const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor forward(torch::Tensor x, const Rotation& rotation, const torch::Tensor& mask);

 private:
  std::string path_;
  std::shared_ptr<RmsNorm> input_layernorm_, post_attention_layernorm_;
  std::shared_ptr<LlamaAttention> self_attn_;
  std::shared_ptr<LlamaMlp> mlp_;
};

/// Llama 2 and 3 with the names and shapes of the published checkpoints. There is no dropout in it.
class Llama : public Model {
 public:
  Llama(const ModelConfig& config, const torch::TensorOptions& options);
  torch::Tensor features(const torch::Tensor& ids) override { return features_of_padded(ids, {}); }
  torch::Tensor features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths) override;
  torch::Tensor head(const torch::Tensor& features) override;
  const torch::Tensor& head_weight() const override { return head_weight_; }

 private:
  AttentionKind attention_;
  std::int64_t head_size_;
  double rotary_base_;
  Checkpointing checkpointing_;
  std::int64_t checkpoint_every_;
  std::shared_ptr<Embedding> embed_tokens_;
  std::vector<std::shared_ptr<LlamaBlock>> layers_;
  std::shared_ptr<RmsNorm> norm_;
  torch::Tensor head_weight_;  // (V, H): the token table if the head is tied
};

}  // namespace profile_train::workloads
