#include "workloads/gpt2.h"

#include <cmath>
#include <utility>

#include "hooks/session.h"
#include "profiler/mode_names.h"
#include "workloads/attention.h"
#include "workloads/finetuning.h"

namespace profile_train::workloads {
namespace {

/// Two projections a block add to the residual stream: their sum over the depth is kept at the scale of one.
double residual_std(const ModelConfig& config) {
  return kInitStd / std::sqrt(2.0 * static_cast<double>(config.blocks));
}

}  // namespace

Attention::Attention(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)),
      kind_(config.attention),
      heads_(config.heads),
      head_size_(config.head_size > 0 ? config.head_size : config.hidden / config.heads),
      dropout_(config.dropout) {
  const auto inner = heads_ * head_size_;  // H, unless heads were pruned
  const MatrixShape joined{config.hidden, 3 * inner, kInitStd}, back{inner, config.hidden, residual_std(config)};
  c_attn_ = register_module("c_attn", std::make_shared<Projection>(path_ + ".c_attn", joined, config, options));
  c_proj_ = register_module("c_proj", std::make_shared<Projection>(path_ + ".c_proj", back, config, options));
}

torch::Tensor Attention::forward(const torch::Tensor& x, const torch::Tensor& mask) {
  const ModuleGuard module(path_);
  const auto batch = x.size(0);
  const auto sequence = x.size(1);
  const auto inner = heads_ * head_size_;
  const auto qkv = c_attn_->forward(x).split(inner, 2);  // three views of one (B,S,3ad)
  const auto head = [&](const torch::Tensor& part) {
    return part.view({batch, sequence, heads_, head_size_}).transpose(1, 2);  // (B,a,S,d)
  };
  auto y = causal_attention(kind_, head(qkv[0]), head(qkv[1]), head(qkv[2]), dropout_, is_training(), mask);
  y = y.transpose(1, 2).contiguous().view({batch, sequence, inner});
  return drop(c_proj_->forward(y), dropout_, is_training());
}

Mlp::Mlp(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)), dropout_(config.dropout) {
  const MatrixShape wide{config.hidden, config.feed_forward, kInitStd};
  const MatrixShape back{config.feed_forward, config.hidden, residual_std(config)};
  c_fc_ = register_module("c_fc", std::make_shared<Projection>(path_ + ".c_fc", wide, config, options));
  c_proj_ = register_module("c_proj", std::make_shared<Projection>(path_ + ".c_proj", back, config, options));
}

torch::Tensor Mlp::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  const auto wide = torch::gelu(c_fc_->forward(x), "tanh");  // (B,S,F)
  return drop(c_proj_->forward(wide), dropout_, is_training());
}

Block::Block(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)),
      checkpoints_attention_(config.checkpointing == Checkpointing::attention),
      draws_(config.dropout > 0.0) {
  ln_1_ = register_module("ln_1", std::make_shared<LayerNorm>(path_ + ".ln_1", config.hidden, options));
  attn_ = register_module("attn", std::make_shared<Attention>(path_ + ".attn", config, options));
  ln_2_ = register_module("ln_2", std::make_shared<LayerNorm>(path_ + ".ln_2", config.hidden, options));
  mlp_ = register_module("mlp", std::make_shared<Mlp>(path_ + ".mlp", config, options));
}

torch::Tensor Block::attend(const torch::Tensor& normed, const torch::Tensor& mask) {
  if (!checkpoints_attention_ || !torch::GradMode::is_enabled()) return attn_->forward(normed, mask);
  const auto run = [this, mask](const torch::Tensor& x) { return attn_->forward(x, mask); };
  return checkpoint_of(*attn_, run, normed, draws_);
}

torch::Tensor Block::forward(torch::Tensor x, const torch::Tensor& mask) {
  const ModuleGuard module(path_);
  x = x + attend(ln_1_->forward(x), mask);
  x = x + mlp_->forward(ln_2_->forward(x));
  return x;
}

Transformer::Transformer(const ModelConfig& config, const torch::TensorOptions& options)
    : path_(config.path + "transformer"),
      attention_(config.attention),
      dropout_(config.dropout),
      checkpointing_(config.checkpointing),
      checkpoint_every_(config.checkpoint_every) {
  wte_ = register_module("wte", std::make_shared<Embedding>(path_ + ".wte", config.vocabulary, config.hidden, options));
  wpe_ = register_module("wpe", std::make_shared<Embedding>(path_ + ".wpe", config.positions, config.hidden, options));
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < config.blocks; ++i) {
    blocks_.push_back(std::make_shared<Block>(path_ + ".h." + std::to_string(i), config, options));
    list->push_back(blocks_.back());
  }
  register_module("h", list);
  ln_f_ = register_module("ln_f", std::make_shared<LayerNorm>(path_ + ".ln_f", config.hidden, options));
}

torch::Tensor Transformer::through(const std::shared_ptr<Block>& block, bool checkpointed, torch::Tensor x,
                                   const torch::Tensor& mask) {
  if (!checkpointed || !torch::GradMode::is_enabled()) return block->forward(std::move(x), mask);
  const auto run = [block, mask](const torch::Tensor& input) { return block->forward(input, mask); };
  return checkpoint_of(*block, run, x, dropout_ > 0.0);
}

torch::Tensor Transformer::forward(const torch::Tensor& ids, const torch::Tensor& lengths) {
  const ModuleGuard module(path_);
  const auto positions = torch::arange(ids.size(1), ids.options());  // (S) int64, kept by the embedding
  torch::Tensor mask;                                                // one for all blocks
  if (lengths.defined()) mask = causal_mask_of_padded(attention_, positions, lengths);
  // Two statements, because compilers differ in which operand they evaluate first, and the order on the way back
  // follows.
  auto x = wpe_->forward(positions);  // (S,H), the same for every text
  x = wte_->forward(ids) + x;         // (B,S,H)
  x = drop(x, dropout_, is_training());
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = through(blocks_[i], is_checkpointed(checkpointing_, checkpoint_every_, static_cast<std::int64_t>(i)),
                std::move(x), mask);
  return ln_f_->forward(x);
}

Gpt2::Gpt2(const ModelConfig& config, const torch::TensorOptions& options) : head_path_(config.path + "lm_head") {
  transformer_ = register_module("transformer", std::make_shared<Transformer>(config, options));
  lm_head_ = register_module("lm_head", std::make_shared<torch::nn::Module>("lm_head"));
  head_weight_ = config.tied_head
                     ? transformer_->token_table()
                     : lm_head_->register_parameter(
                           "weight", torch::empty({config.vocabulary, config.hidden}, options).normal_(0.0, kInitStd));
  freeze(*this, config);
}

torch::Tensor Gpt2::head(const torch::Tensor& features) {
  const ModuleGuard module(head_path_);
  return torch::linear(features, head_weight_);
}

}  // namespace profile_train::workloads
