#include "workloads/bert.h"

#include <cmath>
#include <utility>

#include "hooks/session.h"
#include "profiler/mode_names.h"
#include "workloads/attention.h"
#include "workloads/checkpoint.h"

namespace profile_train::workloads {
namespace {

using Plain = torch::nn::Module;

/// A module that only holds others, so that names are those of the checkpoints.
std::shared_ptr<Plain> group(Plain& parent, const char* name) {
  return parent.register_module(name, std::make_shared<Plain>(name));
}

}  // namespace

BertBlock::BertBlock(std::string path, const ModelConfig& config, const torch::TensorOptions& options)
    : path_(std::move(path)), kind_(config.attention), heads_(config.heads), dropout_(config.dropout) {
  const auto linear = [&](Plain& parent, const std::string& where, const char* name, std::int64_t in,
                          std::int64_t out) {
    return parent.register_module(name,
                                  std::make_shared<Linear>(path_ + where + "." + name, in, out, Bias::one, options));
  };
  const auto norm = [&](Plain& parent, const std::string& where) {
    return parent.register_module("LayerNorm",
                                  std::make_shared<LayerNorm>(path_ + where + ".LayerNorm", config.hidden, options));
  };
  const auto hidden = config.hidden, wide = config.feed_forward;
  const auto attention = group(*this, "attention");
  const auto self = group(*attention, "self"), self_output = group(*attention, "output");
  query_ = linear(*self, ".attention.self", "query", hidden, hidden);
  key_ = linear(*self, ".attention.self", "key", hidden, hidden);
  value_ = linear(*self, ".attention.self", "value", hidden, hidden);
  attention_dense_ = linear(*self_output, ".attention.output", "dense", hidden, hidden);
  attention_norm_ = norm(*self_output, ".attention.output");
  wide_dense_ = linear(*group(*this, "intermediate"), ".intermediate", "dense", hidden, wide);
  const auto output = group(*this, "output");
  narrow_dense_ = linear(*output, ".output", "dense", wide, hidden);
  norm_ = norm(*output, ".output");
}

torch::Tensor BertBlock::attend(const torch::Tensor& x, const torch::Tensor& mask) {
  const ModuleGuard module(path_ + ".attention");
  const auto batch = x.size(0), sequence = x.size(1), head_size = x.size(2) / heads_;
  const auto by_head = [&](const torch::Tensor& part) {
    return part.view({batch, sequence, heads_, head_size}).transpose(1, 2);  // (B,a,S,d)
  };
  const auto q = by_head(query_->forward(x)), k = by_head(key_->forward(x)), v = by_head(value_->forward(x));
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_size));
  const auto y = mask.defined() ? masked_attention(kind_, q, k, v, dropout_, is_training(), mask)
                                : biased_attention(kind_, q, k, v, {}, scale, dropout_, is_training());
  return attention_dense_->forward(y.transpose(1, 2).contiguous().view(x.sizes()));
}

torch::Tensor BertBlock::forward(const torch::Tensor& x, const torch::Tensor& mask) {
  const ModuleGuard module(path_);
  const auto attended = attention_norm_->forward(x + drop(attend(x, mask), dropout_, is_training()));
  const auto wide = torch::gelu(wide_dense_->forward(attended));
  return norm_->forward(attended + drop(narrow_dense_->forward(wide), dropout_, is_training()));
}

Bert::Bert(const ModelConfig& config, const torch::TensorOptions& options)
    : attention_(config.attention),
      vocabulary_(config.vocabulary),
      dropout_(config.dropout),
      checkpointing_(config.checkpointing),
      checkpoint_every_(config.checkpoint_every) {
  constexpr std::int64_t kSegments = 2;
  const auto bert = group(*this, "bert");
  const auto tables = group(*bert, "embeddings");
  const auto table = [&](const char* name, std::int64_t rows) {
    return tables->register_module(
        name, std::make_shared<Embedding>(std::string("bert.embeddings.") + name, rows, config.hidden, options));
  };
  words_ = table("word_embeddings", config.vocabulary);
  positions_ = table("position_embeddings", config.positions);
  segments_ = table("token_type_embeddings", kSegments);
  embedding_norm_ = tables->register_module(
      "LayerNorm", std::make_shared<LayerNorm>("bert.embeddings.LayerNorm", config.hidden, options));
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < config.blocks; ++i) {
    layers_.push_back(std::make_shared<BertBlock>("bert.encoder.layer." + std::to_string(i), config, options));
    list->push_back(layers_.back());
  }
  group(*bert, "encoder")->register_module("layer", list);

  const auto predictions = group(*group(*this, "cls"), "predictions");
  const auto transform = group(*predictions, "transform");
  const std::string path = "cls.predictions.transform";
  transform_ = transform->register_module(
      "dense", std::make_shared<Linear>(path + ".dense", config.hidden, config.hidden, Bias::one, options));
  transform_norm_ =
      transform->register_module("LayerNorm", std::make_shared<LayerNorm>(path + ".LayerNorm", config.hidden, options));
  head_bias_ = predictions->register_parameter("bias", torch::zeros({config.vocabulary}, options));
  head_weight_ =
      config.tied_head
          ? words_->weight()
          : group(*predictions, "decoder")
                ->register_parameter("weight",
                                     torch::empty({config.vocabulary, config.hidden}, options).normal_(0.0, kInitStd));
}

Batch Bert::prepare(Batch batch) {
  constexpr double kHiddenShare = 0.15;
  constexpr std::int64_t kNotCounted = -100;  // what cross_entropy leaves out
  const auto hidden = torch::rand(batch.inputs.sizes(), batch.inputs.options().dtype(torch::kFloat32)) < kHiddenShare;
  if (batch.padded()) hidden.logical_and_(batch.targets.ge(0));
  const auto targets = batch.inputs.masked_fill(hidden.logical_not(), kNotCounted);
  return {batch.inputs.masked_fill(hidden, vocabulary_ - 1), targets, batch.lengths, batch.tokens};
}

torch::Tensor Bert::features_of_padded(const torch::Tensor& ids, const torch::Tensor& lengths) {
  const ModuleGuard module("bert");
  const auto positions = torch::arange(ids.size(1), ids.options());  // (S)
  torch::Tensor mask;                                                // one for all blocks
  if (lengths.defined()) mask = padding_mask(attention_, positions, lengths);
  const auto first_segment = torch::zeros({1}, ids.options());
  auto x = words_->forward(ids);
  x = x + positions_->forward(positions);
  x = x + segments_->forward(first_segment);
  x = drop(embedding_norm_->forward(x), dropout_, is_training());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& layer = layers_[i];
    if (torch::GradMode::is_enabled() &&
        is_checkpointed(checkpointing_, checkpoint_every_, static_cast<std::int64_t>(i)))
      x = checkpoint([layer, mask](const torch::Tensor& input) { return layer->forward(input, mask); }, x,
                     dropout_ > 0.0);
    else
      x = layer->forward(x, mask);
  }
  return transform_norm_->forward(torch::gelu(transform_->forward(x)));
}

torch::Tensor Bert::head(const torch::Tensor& features) {
  const ModuleGuard module("lm_head");
  return torch::linear(features, head_weight_, head_bias_);
}

}  // namespace profile_train::workloads
