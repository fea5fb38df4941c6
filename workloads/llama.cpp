#include "workloads/llama.h"

#include <cmath>
#include <utility>

#include "hooks/session.h"
#include "profiler/mode_names.h"
#include "workloads/attention.h"
#include "workloads/checkpoint.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-5;

}  // namespace

Rotation::Rotation(std::int64_t sequence, std::int64_t head_size, double base, const torch::TensorOptions& options) {
  const auto full = options.dtype(torch::kFloat32);
  const auto frequencies =
      torch::pow(base, torch::arange(0, head_size, 2, full).mul_(-1.0 / static_cast<double>(head_size)));
  const auto half = torch::outer(torch::arange(sequence, full), frequencies);  // (S, d/2)
  const auto angles = torch::cat({half, half}, 1);                             // (S, d)
  cosine = angles.cos().to(options.dtype());
  sine = angles.sin().to(options.dtype());
}

torch::Tensor Rotation::operator()(const torch::Tensor& x) const {
  const auto halves = x.chunk(2, 3);
  const auto turned = torch::cat({-halves[1], halves[0]}, 3);  // by a quarter: (x1, x2) becomes (−x2, x1)
  return x * cosine + turned * sine;
}

LlamaAttention::LlamaAttention(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)),
      kind_(config.attention),
      heads_(config.heads),
      kv_heads_(config.kv_heads > 0 ? config.kv_heads : config.heads),
      head_size_(config.head_size > 0 ? config.head_size : config.hidden / config.heads) {
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
    return register_module(name, std::make_shared<Linear>(path_ + "." + name, in, out, Bias::none, options));
  };
  q_proj_ = linear("q_proj", config.hidden, heads_ * head_size_);
  k_proj_ = linear("k_proj", config.hidden, kv_heads_ * head_size_);
  v_proj_ = linear("v_proj", config.hidden, kv_heads_ * head_size_);
  o_proj_ = linear("o_proj", heads_ * head_size_, config.hidden);
}

torch::Tensor LlamaAttention::forward(const torch::Tensor& x, const Rotation& rotation, const torch::Tensor& mask) {
  const ModuleGuard module(path_);
  const auto batch = x.size(0), sequence = x.size(1);
  const auto by_head = [&](const torch::Tensor& part, std::int64_t heads) {
    return part.view({batch, sequence, heads, head_size_}).transpose(1, 2);  // (B, heads, S, d)
  };
  // Every head of queries gets its own copy of the keys and values it shares, as the published program has it.
  const auto shared = [&](const torch::Tensor& part) {
    if (kv_heads_ == heads_) return part;
    const auto copies = heads_ / kv_heads_;
    return part.unsqueeze(2)
        .expand({batch, kv_heads_, copies, sequence, head_size_})
        .reshape({batch, heads_, sequence, head_size_});
  };
  const auto q = rotation(by_head(q_proj_->forward(x), heads_));
  const auto k = shared(rotation(by_head(k_proj_->forward(x), kv_heads_)));
  const auto v = shared(by_head(v_proj_->forward(x), kv_heads_));
  constexpr double kDropout = 0.0;
  auto y = causal_attention(kind_, q, k, v, kDropout, is_training(), mask);
  y = y.transpose(1, 2).contiguous().view({batch, sequence, heads_ * head_size_});
  return o_proj_->forward(y);
}

LlamaMlp::LlamaMlp(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)) {
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
    return register_module(name, std::make_shared<Linear>(path_ + "." + name, in, out, Bias::none, options));
  };
  gate_proj_ = linear("gate_proj", config.hidden, config.feed_forward);
  up_proj_ = linear("up_proj", config.hidden, config.feed_forward);
  down_proj_ = linear("down_proj", config.feed_forward, config.hidden);
}

torch::Tensor LlamaMlp::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  const auto gate = torch::silu(gate_proj_->forward(x));  // (B,S,F)
  return down_proj_->forward(gate * up_proj_->forward(x));
}

LlamaBlock::LlamaBlock(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)) {
  const auto norm = [&](const char* name) {
    return register_module(name, std::make_shared<RmsNorm>(path_ + "." + name, config.hidden, kEpsilon, options));
  };
  input_layernorm_ = norm("input_layernorm");
  self_attn_ = register_module("self_attn", std::make_shared<LlamaAttention>(path_ + ".self_attn", config, options));
  post_attention_layernorm_ = norm("post_attention_layernorm");
  mlp_ = register_module("mlp", std::make_shared<LlamaMlp>(path_ + ".mlp", config, options));
}

torch::Tensor LlamaBlock::forward(torch::Tensor x, const Rotation& rotation, const torch::Tensor& mask) {
  const ModuleGuard module(path_);
  x = x + self_attn_->forward(input_layernorm_->forward(x), rotation, mask);
  x = x + mlp_->forward(post_attention_layernorm_->forward(x));
  return x;
}

Llama::Llama(const ModelConfig& config, const torch::TensorOptions& options)
    : attention_(config.attention),
      head_size_(config.head_size > 0 ? config.head_size : config.hidden / config.heads),
      rotary_base_(config.rotary_base),
      checkpointing_(config.checkpointing),
      checkpoint_every_(config.checkpoint_every) {
  const auto model = register_module("model", std::make_shared<torch::nn::Module>("model"));
  embed_tokens_ = model->register_module(
      "embed_tokens", std::make_shared<Embedding>("model.embed_tokens", config.vocabulary, config.hidden, options));
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < config.blocks; ++i) {
    layers_.push_back(std::make_shared<LlamaBlock>("model.layers." + std::to_string(i), config, options));
    list->push_back(layers_.back());
  }
  model->register_module("layers", list);
  norm_ = model->register_module("norm", std::make_shared<RmsNorm>("model.norm", config.hidden, kEpsilon, options));
  const auto lm_head = register_module("lm_head", std::make_shared<torch::nn::Module>("lm_head"));
  head_weight_ = config.tied_head
                     ? embed_tokens_->weight()
                     : lm_head->register_parameter(
                           "weight", torch::empty({config.vocabulary, config.hidden}, options).normal_(0.0, kInitStd));
}

torch::Tensor Llama::features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths) {
  const ModuleGuard module("model");
  torch::Tensor mask;  // one for all blocks
  if (lengths.defined()) mask = causal_mask_of_padded(attention_, torch::arange(ids.size(1), ids.options()), lengths);
  auto x = embed_tokens_->forward(ids);
  const Rotation rotation(ids.size(1), head_size_, rotary_base_, x.options());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& layer = layers_[i];
    if (torch::GradMode::is_enabled() &&
        is_checkpointed(checkpointing_, checkpoint_every_, static_cast<std::int64_t>(i)))
      x = checkpoint(
          [layer, rotation, mask](const torch::Tensor& input) { return layer->forward(input, rotation, mask); }, x,
          false);
    else
      x = layer->forward(std::move(x), rotation, mask);
  }
  return norm_->forward(x);
}

torch::Tensor Llama::head(const torch::Tensor& features) {
  const ModuleGuard module("lm_head");
  return torch::linear(features, head_weight_);
}

}  // namespace profile_train::workloads
