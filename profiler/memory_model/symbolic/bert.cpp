#include "profiler/memory_model/symbolic/bert.h"

#include <utility>

#include "profiler/memory_model/symbolic/checkpoint.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/mode_names.h"

namespace profile_train::symbolic {

Bert::Bert(Program& program, const TrainingSetup& setup) : program_(program), setup_(setup) {
  constexpr std::int64_t kSegments = 2;
  const std::int64_t hidden = setup.hidden;
  words_ = make("bert.embeddings.word_embeddings.weight", {setup.vocabulary, hidden});
  positions_ = make("bert.embeddings.position_embeddings.weight", {setup.positions, hidden});
  segments_ = make("bert.embeddings.token_type_embeddings.weight", {kSegments, hidden});
  embedding_norm_ = norm("bert.embeddings.LayerNorm");
  for (std::int64_t i = 0; i < setup.blocks; ++i) {
    Block block;
    block.path = "bert.encoder.layer." + std::to_string(i);
    block.query = linear(block.path + ".attention.self.query", hidden, hidden);
    block.key = linear(block.path + ".attention.self.key", hidden, hidden);
    block.value = linear(block.path + ".attention.self.value", hidden, hidden);
    block.attention_dense = linear(block.path + ".attention.output.dense", hidden, hidden);
    block.attention_norm = norm(block.path + ".attention.output.LayerNorm");
    block.wide_dense = linear(block.path + ".intermediate.dense", hidden, setup.feed_forward);
    block.narrow_dense = linear(block.path + ".output.dense", setup.feed_forward, hidden);
    block.norm = norm(block.path + ".output.LayerNorm");
    blocks_.push_back(std::move(block));
  }
  transform_ = linear("cls.predictions.transform.dense", hidden, hidden);
  transform_norm_ = norm("cls.predictions.transform.LayerNorm");
  head_bias_ = make("cls.predictions.bias", {setup.vocabulary});
  head_weight_ = setup.tied_head ? words_ : make("cls.predictions.decoder.weight", {setup.vocabulary, hidden});
  list_parameters();
}

std::shared_ptr<Parameter> Bert::make(const std::string& name, Sizes sizes) const {
  return make_parameter(program_, name, std::move(sizes), program_.machine().weight_element_bytes);
}

Bert::Affine Bert::linear(const std::string& path, std::int64_t in, std::int64_t out) const {
  Affine layer;
  layer.path = path;
  layer.weight = make(path + ".weight", {out, in});
  layer.bias = make(path + ".bias", {out});
  return layer;
}

Bert::Affine Bert::norm(const std::string& path) const {
  Affine layer;
  layer.path = path;
  layer.weight = make(path + ".weight", {setup_.hidden});
  layer.bias = make(path + ".bias", {setup_.hidden});
  return layer;
}

/// A module's own parameters come before those of the modules in it: the head's bias before its transform.
void Bert::list_parameters() {
  const auto list = [this](const Affine& layer) {
    parameters_.push_back(layer.weight);
    parameters_.push_back(layer.bias);
  };
  parameters_ = {words_, positions_, segments_};
  list(embedding_norm_);
  for (const Block& block : blocks_)
    for (const Affine* layer : {&block.query, &block.key, &block.value, &block.attention_dense, &block.attention_norm,
                                &block.wide_dense, &block.narrow_dense, &block.norm})
      list(*layer);
  parameters_.push_back(head_bias_);
  list(transform_);
  list(transform_norm_);
  if (!setup_.tied_head) parameters_.push_back(head_weight_);
}

Tensor Bert::apply_linear(const Affine& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return symbolic::linear(program_, x, layer.weight->value, layer.bias->value);
}

Tensor Bert::apply_norm(const Affine& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return layer_norm(program_, x, layer.weight->value, layer.bias->value);
}

Tensor Bert::maybe_dropout(const Tensor& x) { return draws() ? dropout(program_, x) : x; }

Tensor Bert::materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  if (mask.defined()) {
    Tensor scores = matmul_batched(program_, q, transpose(program_, k, -2, -1));
    scores = multiply_by_number(program_, scores);
    scores = masked_fill(program_, scores, mask);
    scores = softmax(program_, scores);
    return matmul_batched(program_, maybe_dropout(scores), v);
  }
  const Tensor scores = multiply_by_number(program_, matmul_batched(program_, q, transpose(program_, k, -2, -1)));
  return matmul_batched(program_, maybe_dropout(softmax(program_, scores)), v);
}

Tensor Bert::attend(const Block& block, const Tensor& x, const Tensor& mask) {
  ModuleScope module(program_, block.path + ".attention");
  const std::int64_t batch = x.size(0), sequence = x.size(1), head_size = x.size(2) / setup_.heads;
  const auto by_head = [&](const Tensor& part) {
    return transpose(program_, view(program_, part, {batch, sequence, setup_.heads, head_size}), 1, 2);
  };
  const Tensor q = by_head(apply_linear(block.query, x));
  const Tensor k = by_head(apply_linear(block.key, x));
  const Tensor v = by_head(apply_linear(block.value, x));
  const AttentionMask sees_text{.causal = false, .added = mask};
  const Tensor y = setup_.attention == AttentionKind::materialised
                       ? materialised_attention(q, k, v, mask)
                       : scaled_dot_product_attention(program_, path_of(setup_), q, k, v, setup_.dropout, sees_text);
  return apply_linear(block.attention_dense,
                      view(program_, contiguous(program_, transpose(program_, y, 1, 2)), x.sizes));
}

Tensor Bert::through(const Block& block, const Tensor& x, const Tensor& mask) {
  ModuleScope module(program_, block.path);
  const Tensor attended = apply_norm(block.attention_norm, add(program_, x, maybe_dropout(attend(block, x, mask))));
  const Tensor wide = gelu(program_, apply_linear(block.wide_dense, attended));
  return apply_norm(block.norm, add(program_, attended, maybe_dropout(apply_linear(block.narrow_dense, wide))));
}

Batch Bert::prepare(Batch batch) {
  Tensor hidden;
  {
    OpScope op(program_, "aten::rand");
    hidden = empty(program_, batch.inputs.sizes);
  }
  {
    OpScope op(program_, "aten::lt");
    const NumberAsTensor share(program_, kFloatBytes);
    hidden = empty(program_, batch.inputs.sizes, kBoolBytes);
  }
  if (batch.lengths.defined()) {
    OpScope op(program_, "aten::ge");
    StoragePtr number;
    if (!program_.on_cuda()) number = program_.allocate(8);
    const Tensor text = empty(program_, batch.inputs.sizes, kBoolBytes);
  }
  Tensor shown;
  {
    OpScope op(program_, "aten::logical_not");
    shown = empty(program_, batch.inputs.sizes, kBoolBytes);
  }
  Batch prepared;
  prepared.lengths = batch.lengths;
  prepared.targets = masked_fill(program_, batch.inputs, shown);
  shown = Tensor{};
  prepared.inputs = masked_fill(program_, batch.inputs, hidden);
  for (const Tensor* ids : {&prepared.inputs, &prepared.targets}) program_.set_role(ids->storage, Role::input);
  return prepared;
}

Tensor Bert::embed(const Tensor& ids, const Tensor& positions, Tensor& first_segment) {
  {
    OpScope op(program_, "aten::zeros");
    first_segment = empty(program_, {1}, kInt64Bytes);
  }
  const auto looked_up = [&](const char* path, const Parameter& table, const Tensor& indices) {
    ModuleScope module(program_, path);
    return embedding(program_, table.value, indices);
  };
  Tensor x = looked_up("bert.embeddings.word_embeddings", *words_, ids);
  x = add(program_, x, looked_up("bert.embeddings.position_embeddings", *positions_, positions));
  x = add(program_, x, looked_up("bert.embeddings.token_type_embeddings", *segments_, first_segment));
  return maybe_dropout(apply_norm(embedding_norm_, x));
}

Tensor Bert::features_of_padded(const Tensor& ids, const Tensor& lengths) {
  ModuleScope module(program_, "bert");
  Tensor positions, mask, first_segment;  // of the program's forward, to its end
  {
    OpScope op(program_, "aten::arange");
    positions = empty(program_, {ids.size(1)}, kInt64Bytes);
  }
  if (lengths.defined()) mask = padding_mask(program_, setup_.attention, positions, lengths);
  Tensor x = embed(ids, positions, first_segment);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (is_checkpointed(setup_.checkpointing, setup_.checkpoint_every, static_cast<std::int64_t>(i)))
      x = checkpoint(
          program_, [this, &block, mask](const Tensor& input) { return through(block, input, mask); }, x, draws());
    else
      x = through(block, x, mask);
  }
  return apply_norm(transform_norm_, gelu(program_, apply_linear(transform_, x)));
}

Tensor Bert::head(const Tensor& features) {
  ModuleScope module(program_, "lm_head");
  return symbolic::linear(program_, features, head_weight_->value, head_bias_->value);
}

}  // namespace profile_train::symbolic
