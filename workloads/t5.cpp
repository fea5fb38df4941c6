#include "workloads/t5.h"

#include <cmath>
#include <limits>
#include <utility>

#include "hooks/session.h"
#include "profiler/mode_names.h"
#include "workloads/attention.h"
#include "workloads/checkpoint.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-6;
constexpr std::int64_t kBuckets = 32;
constexpr std::int64_t kFarthest = 128;  // what is farther apart shares a bucket

/// The bucket of each distance, (S, S): near ones have their own, far ones share them by the logarithm. A decoder looks
/// back only and has all buckets for that.
torch::Tensor buckets_of_distances(std::int64_t sequence, bool causal, const torch::Device& device) {
  const auto options = torch::TensorOptions().dtype(torch::kInt64).device(device);
  const auto positions = torch::arange(sequence, options);
  const auto ahead = positions.unsqueeze(0) - positions.unsqueeze(1);  // of the key, seen from the query
  const auto buckets = causal ? kBuckets : kBuckets / 2;
  const auto distance = causal ? -ahead.clamp_max(0) : ahead.abs();
  const auto exact = buckets / 2;
  const auto far =
      exact +
      ((distance.clamp_min(1).to(torch::kFloat32) / static_cast<double>(exact)).log() *
       (static_cast<double>(buckets - exact) / std::log(static_cast<double>(kFarthest) / static_cast<double>(exact))))
          .to(torch::kInt64);
  const auto bucket = torch::where(distance < exact, distance, far.clamp_max(buckets - 1));
  return causal ? bucket : bucket + (ahead > 0).to(torch::kInt64) * buckets;
}

}  // namespace

T5Attention::T5Attention(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)), kind_(config.attention), heads_(config.heads), dropout_(config.dropout) {
  const auto inner = heads_ * (config.head_size > 0 ? config.head_size : config.hidden / config.heads);
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
    return register_module(name, std::make_shared<Linear>(path_ + "." + name, in, out, Bias::none, options));
  };
  q_ = linear("q", config.hidden, inner);
  k_ = linear("k", config.hidden, inner);
  v_ = linear("v", config.hidden, inner);
  o_ = linear("o", inner, config.hidden);
}

void T5Attention::own_position_bias(const torch::TensorOptions& options) {
  const auto holder = register_module("relative_attention_bias", std::make_shared<torch::nn::Module>("bias"));
  bias_table_ = holder->register_parameter("weight", torch::empty({kBuckets, heads_}, options).normal_(0.0, kInitStd));
}

torch::Tensor T5Attention::position_bias(std::int64_t sequence, bool causal) const {
  const ModuleGuard module(path_ + ".relative_attention_bias");
  const auto buckets = buckets_of_distances(sequence, causal, bias_table_.device());
  auto bias = torch::embedding(bias_table_, buckets).permute({2, 0, 1}).unsqueeze(0);  // (1,a,S,S)
  if (!causal) return bias.contiguous();
  const auto later = torch::ones({sequence, sequence}, bias.options().dtype(torch::kBool)).triu(1);
  return bias.masked_fill(later, -std::numeric_limits<double>::infinity()).contiguous();
}

torch::Tensor T5Attention::forward(const torch::Tensor& x, const torch::Tensor& source, const torch::Tensor& bias) {
  const ModuleGuard module(path_);
  const auto by_head = [&](const torch::Tensor& part) {
    return part.view({part.size(0), part.size(1), heads_, -1}).transpose(1, 2);  // (B,a,S,d)
  };
  const auto q = by_head(q_->forward(x)), k = by_head(k_->forward(source)), v = by_head(v_->forward(source));
  constexpr double kScale = 1.0;  // it is in the weights
  const auto y = biased_attention(kind_, q, k, v, bias, kScale, dropout_, is_training());
  return o_->forward(y.transpose(1, 2).contiguous().view({x.size(0), x.size(1), -1}));
}

T5Block::T5Block(std::string path, const ModelConfig& config, bool decodes, bool first,
                 const torch::TensorOptions& options)
    : path_(std::move(path)), dropout_(config.dropout) {
  torch::nn::ModuleList layers;
  const auto layer = [&] {
    layers->push_back(std::make_shared<torch::nn::Module>("layer"));
    return std::pair(layers->ptr(layers->size() - 1), path_ + ".layer." + std::to_string(layers->size() - 1));
  };
  const auto norm = [&](torch::nn::Module& in, const std::string& at) {
    return in.register_module("layer_norm",
                              std::make_shared<RmsNorm>(at + ".layer_norm", config.hidden, kEpsilon, options));
  };
  const auto [self, self_path] = layer();
  attention_ = self->register_module("SelfAttention",
                                     std::make_shared<T5Attention>(self_path + ".SelfAttention", config, options));
  if (first) attention_->own_position_bias(options);
  attention_norm_ = norm(*self, self_path);
  if (decodes) {
    const auto [cross, cross_path] = layer();
    cross_attention_ = cross->register_module(
        "EncDecAttention", std::make_shared<T5Attention>(cross_path + ".EncDecAttention", config, options));
    cross_norm_ = norm(*cross, cross_path);
  }
  const auto [wide, wide_path] = layer();
  const auto dense = wide->register_module("DenseReluDense", std::make_shared<torch::nn::Module>("DenseReluDense"));
  const std::string at = wide_path + ".DenseReluDense.";
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
    return dense->register_module(name, std::make_shared<Linear>(at + name, in, out, Bias::none, options));
  };
  if (config.gated_feed_forward) {
    wi_0_ = linear("wi_0", config.hidden, config.feed_forward);
    wi_1_ = linear("wi_1", config.hidden, config.feed_forward);
  } else {
    wi_ = linear("wi", config.hidden, config.feed_forward);
  }
  wo_ = linear("wo", config.feed_forward, config.hidden);
  wide_norm_ = norm(*wide, wide_path);
  register_module("layer", layers);
}

torch::Tensor T5Block::widened(const torch::Tensor& normed) {
  if (wi_ != nullptr) return torch::relu(wi_->forward(normed));
  const auto gate = torch::gelu(wi_0_->forward(normed), "tanh");
  return gate * wi_1_->forward(normed);
}

torch::Tensor T5Block::forward(torch::Tensor x, const torch::Tensor& encoded, const torch::Tensor& bias) {
  const ModuleGuard module(path_);
  const auto dropped = [&](const torch::Tensor& part) { return drop(part, dropout_, is_training()); };
  auto normed = attention_norm_->forward(x);
  x = x + dropped(attention_->forward(normed, normed, bias));
  if (cross_attention_ != nullptr) {
    normed = cross_norm_->forward(x);
    x = x + dropped(cross_attention_->forward(normed, encoded, {}));
  }
  normed = wide_norm_->forward(x);
  x = x + dropped(wo_->forward(dropped(widened(normed))));
  return x;
}

T5Stack::T5Stack(std::string path, const ModelConfig& config, bool decodes, const torch::TensorOptions& options)
    : path_(std::move(path)),
      decodes_(decodes),
      dropout_(config.dropout),
      checkpointing_(config.checkpointing),
      checkpoint_every_(config.checkpoint_every) {
  const auto blocks = decodes && config.decoder_blocks > 0 ? config.decoder_blocks : config.blocks;
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < blocks; ++i) {
    blocks_.push_back(
        std::make_shared<T5Block>(path_ + ".block." + std::to_string(i), config, decodes, i == 0, options));
    list->push_back(blocks_.back());
  }
  register_module("block", list);
  norm_ = register_module("final_layer_norm",
                          std::make_shared<RmsNorm>(path_ + ".final_layer_norm", config.hidden, kEpsilon, options));
}

torch::Tensor T5Stack::through(std::size_t number, torch::Tensor x, const torch::Tensor& encoded,
                               const torch::Tensor& bias) {
  const auto& block = blocks_[number];
  const bool again = torch::GradMode::is_enabled() &&
                     is_checkpointed(checkpointing_, checkpoint_every_, static_cast<std::int64_t>(number));
  if (!again) return block->forward(std::move(x), encoded, bias);
  const bool draws = dropout_ > 0.0;
  if (!decodes_)
    return checkpoint([block](const SeveralTensors& in) { return block->forward(in[0], {}, in[1]); }, {x, bias}, draws);
  return checkpoint([block](const SeveralTensors& in) { return block->forward(in[0], in[1], in[2]); },
                    {x, encoded, bias}, draws);
}

torch::Tensor T5Stack::forward(torch::Tensor x, const torch::Tensor& encoded) {
  const ModuleGuard module(path_);
  const auto bias = blocks_.front()->attention().position_bias(x.size(1), decodes_);
  x = drop(x, dropout_, is_training());
  for (std::size_t i = 0; i < blocks_.size(); ++i) x = through(i, std::move(x), encoded, bias);
  return drop(norm_->forward(x), dropout_, is_training());
}

T5::T5(const ModelConfig& config, const torch::TensorOptions& options) : tied_head_(config.tied_head) {
  shared_ = register_module("shared", std::make_shared<Embedding>("shared", config.vocabulary, config.hidden, options));
  encoder_ = register_module("encoder", std::make_shared<T5Stack>("encoder", config, false, options));
  decoder_ = register_module("decoder", std::make_shared<T5Stack>("decoder", config, true, options));
  const auto lm_head = register_module("lm_head", std::make_shared<torch::nn::Module>("lm_head"));
  head_weight_ = config.tied_head
                     ? shared_->weight()
                     : lm_head->register_parameter(
                           "weight", torch::empty({config.vocabulary, config.hidden}, options).normal_(0.0, kInitStd));
}

torch::Tensor T5::features(const torch::Tensor& ids) {
  const auto encoded = encoder_->forward(shared_->forward(ids), {});
  auto x = decoder_->forward(shared_->forward(ids), encoded);
  if (tied_head_) x = x * (1.0 / std::sqrt(static_cast<double>(x.size(2))));
  return x;
}

torch::Tensor T5::head(const torch::Tensor& features) {
  const ModuleGuard module("lm_head");
  return torch::linear(features, head_weight_);
}

}  // namespace profile_train::workloads
