#include "profiler/memory_model/symbolic/gpt2.h"

#include <utility>

#include "profiler/memory_model/symbolic/checkpoint.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/mode_names.h"

namespace profile_train::symbolic {

Gpt2::Gpt2(Program& program, const TrainingSetup& setup) : program_(program), setup_(setup) {
  const std::int64_t hidden = setup.hidden;
  wte_ = parameter("transformer.wte.weight", {setup.vocabulary, hidden});
  wpe_ = parameter("transformer.wpe.weight", {setup.positions, hidden});
  for (std::int64_t i = 0; i < setup.blocks; ++i) {
    Block block;
    block.path = "transformer.h." + std::to_string(i);
    block.ln_1 = affine(block.path + ".ln_1", {hidden}, hidden);
    block.c_attn = affine(block.path + ".attn.c_attn", {hidden, 3 * hidden}, 3 * hidden);
    block.attn_c_proj = affine(block.path + ".attn.c_proj", {hidden, hidden}, hidden);
    block.ln_2 = affine(block.path + ".ln_2", {hidden}, hidden);
    block.c_fc = affine(block.path + ".mlp.c_fc", {hidden, setup.feed_forward}, setup.feed_forward);
    block.mlp_c_proj = affine(block.path + ".mlp.c_proj", {setup.feed_forward, hidden}, hidden);
    blocks_.push_back(std::move(block));
  }
  ln_f_ = affine("transformer.ln_f", {hidden}, hidden);
  head_ = setup.tied_head ? wte_ : parameter("lm_head.weight", {setup.vocabulary, hidden});
}

std::shared_ptr<Parameter> Gpt2::parameter(const std::string& name, Sizes sizes) {
  parameters_.push_back(make_parameter(program_, name, std::move(sizes), program_.machine().weight_element_bytes));
  return parameters_.back();
}

Gpt2::Affine Gpt2::affine(const std::string& path, Sizes weight_sizes, std::int64_t bias_size) {
  Affine layer;
  layer.weight = parameter(path + ".weight", std::move(weight_sizes));
  layer.bias = parameter(path + ".bias", {bias_size});
  return layer;
}

Tensor Gpt2::conv1d(const std::string& path, const Affine& layer, const Tensor& x) {
  ModuleScope module(program_, path);
  const Tensor& weight = layer.weight->value;
  const Tensor rows = view(program_, x, {x.numel() / weight.size(0), weight.size(0)});
  return view(program_, addmm(program_, layer.bias->value, rows, weight), {x.size(0), x.size(1), weight.size(1)});
}

Tensor Gpt2::layer_norm(const std::string& path, const Affine& layer, const Tensor& x) {
  ModuleScope module(program_, path);
  return symbolic::layer_norm(program_, x, layer.weight->value, layer.bias->value);
}

Tensor Gpt2::maybe_dropout(const Tensor& x) { return setup_.dropout > 0.0 ? dropout(program_, x) : x; }

Tensor Gpt2::materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  Tensor scores = matmul_batched(program_, q, transpose(program_, k, -2, -1));
  scores = multiply_by_number(program_, scores);
  const Tensor future = causal_mask(program_, q.size(2));
  scores = masked_fill(program_, scores, future);
  scores = softmax(program_, scores);
  return matmul_batched(program_, maybe_dropout(scores), v);
}

Tensor Gpt2::attention(const Block& block, const Tensor& x) {
  ModuleScope module(program_, block.path + ".attn");
  const std::int64_t batch = x.size(0), sequence = x.size(1), hidden = x.size(2);
  const std::vector<Tensor> qkv = split(program_, conv1d(block.path + ".attn.c_attn", block.c_attn, x), hidden, 2);
  const auto head = [&](const Tensor& part) {
    return transpose(program_, view(program_, part, {batch, sequence, setup_.heads, hidden / setup_.heads}), 1, 2);
  };
  // g++ evaluates these three arguments from the last to the first, and their order is that of the graph's nodes.
  const Tensor v = head(qkv[2]);
  const Tensor k = head(qkv[1]);
  const Tensor q = head(qkv[0]);
  Tensor y = setup_.attention == AttentionKind::materialised
                 ? materialised_attention(q, k, v)
                 : scaled_dot_product_attention(program_, path_of(setup_), q, k, v, setup_.dropout);
  y = view(program_, contiguous(program_, transpose(program_, y, 1, 2)), {batch, sequence, hidden});
  return maybe_dropout(conv1d(block.path + ".attn.c_proj", block.attn_c_proj, y));
}

Tensor Gpt2::mlp(const Block& block, const Tensor& x) {
  ModuleScope module(program_, block.path + ".mlp");
  const Tensor wide = gelu(program_, conv1d(block.path + ".mlp.c_fc", block.c_fc, x));
  return maybe_dropout(conv1d(block.path + ".mlp.c_proj", block.mlp_c_proj, wide));
}

Tensor Gpt2::attend(const Block& block, const Tensor& normed) {
  if (setup_.checkpointing != Checkpointing::attention) return attention(block, normed);
  return checkpoint(
      program_, [this, &block](const Tensor& x) { return attention(block, x); }, normed, draws());
}

Tensor Gpt2::through(const Block& block, Tensor x) {
  ModuleScope block_module(program_, block.path);
  x = add(program_, x, attend(block, layer_norm(block.path + ".ln_1", block.ln_1, x)));
  x = add(program_, x, mlp(block, layer_norm(block.path + ".ln_2", block.ln_2, x)));
  return x;
}

Tensor Gpt2::transformer(const Tensor& ids) {
  ModuleScope module(program_, "transformer");
  Tensor positions;
  {
    OpScope op(program_, "aten::arange");
    positions = empty(program_, {ids.size(1)}, kInt64Bytes);
  }
  const auto looked_up = [&](const char* path, const Parameter& table, const Tensor& indices) {
    ModuleScope embedding_module(program_, path);
    return embedding(program_, table.value, indices);
  };
  Tensor x;
  {
    const Tensor places = looked_up("transformer.wpe", *wpe_, positions);  // g++ evaluates the right operand first
    x = add(program_, looked_up("transformer.wte", *wte_, ids), places);
  }
  x = maybe_dropout(x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (is_checkpointed(setup_.checkpointing, setup_.checkpoint_every, static_cast<std::int64_t>(i)))
      x = checkpoint(
          program_, [this, &block](const Tensor& input) { return through(block, input); }, x, draws());
    else
      x = through(block, std::move(x));
  }
  return layer_norm("transformer.ln_f", ln_f_, x);
}

Tensor Gpt2::head(const Tensor& features) {
  ModuleScope module(program_, "lm_head");
  return linear_without_bias(program_, features, head_->value);
}

}  // namespace profile_train::symbolic
