#include "profiler/memory_model/symbolic/gpt2.h"

#include <limits>
#include <utility>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/symbolic/checkpoint.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/mode_names.h"
#include "profiler/trained_parameters.h"

namespace profile_train::symbolic {
namespace {

/// torch::empty({0}).requires_grad_(): no memory, and nobody asks for its gradient.
Tensor empty_leaf() {
  Tensor leaf;
  leaf.grad_fn = std::make_shared<Node>();
  leaf.grad_fn->name = "torch::autograd::AccumulateGrad";
  leaf.grad_fn->sequence_number = std::numeric_limits<std::uint64_t>::max();
  leaf.grad_fn->backward = [](std::vector<Tensor>&) { return std::vector<Tensor>{}; };
  return leaf;
}

}  // namespace

Gpt2::Gpt2(Program& program, const TrainingSetup& setup) : program_(program), setup_(setup) {
  const std::int64_t hidden = setup.hidden;
  const std::int64_t inner = attention_width(setup);
  wte_ = parameter("transformer.wte.weight", {setup.vocabulary, hidden});
  wpe_ = parameter("transformer.wpe.weight", {setup.positions, hidden});
  for (std::int64_t i = 0; i < setup.blocks; ++i) {
    Block block;
    block.path = "transformer.h." + std::to_string(i);
    block.is_trained = setup.lora_rank > 0 || i >= setup.frozen_blocks;
    block.ln_1 = affine(block.path + ".ln_1");
    block.c_attn = projection(block.path + ".attn.c_attn", hidden, 3 * inner);
    block.attn_c_proj = projection(block.path + ".attn.c_proj", inner, hidden);
    block.ln_2 = affine(block.path + ".ln_2");
    block.c_fc = projection(block.path + ".mlp.c_fc", hidden, setup.feed_forward);
    block.mlp_c_proj = projection(block.path + ".mlp.c_proj", setup.feed_forward, hidden);
    blocks_.push_back(std::move(block));
  }
  ln_f_ = affine("transformer.ln_f");
  head_ = setup.tied_head ? wte_ : parameter("lm_head.weight", {setup.vocabulary, hidden});
  for (const auto& each : parameters_)
    if (!is_trained(each->name, {setup.frozen_blocks, setup.lora_rank})) each->value.grad_fn = nullptr;
}

std::shared_ptr<Parameter> Gpt2::parameter(const std::string& name, Sizes sizes) {
  parameters_.push_back(make_parameter(program_, name, std::move(sizes), program_.machine().weight_element_bytes));
  return parameters_.back();
}

Gpt2::Affine Gpt2::affine(const std::string& path) {
  Affine layer;
  layer.weight = parameter(path + ".weight", {setup_.hidden});
  layer.bias = parameter(path + ".bias", {setup_.hidden});
  return layer;
}

std::unique_ptr<Projection> Gpt2::projection(const std::string& path, std::int64_t in, std::int64_t out) {
  return std::make_unique<Projection>(program_, parameters_, path, MatrixShape{in, out}, setup_);
}

Tensor Gpt2::layer_norm(const std::string& path, const Affine& layer, const Tensor& x) {
  ModuleScope module(program_, path);
  return symbolic::layer_norm(program_, x, layer.weight->value, layer.bias->value);
}

Tensor Gpt2::maybe_dropout(const Tensor& x) { return setup_.dropout > 0.0 ? dropout(program_, x) : x; }

Tensor Gpt2::materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  Tensor scores = matmul_batched(program_, q, transpose(program_, k, -2, -1));
  scores = multiply_by_number(program_, scores);
  const Tensor hidden = mask.defined() ? mask : causal_mask(program_, q.size(2));
  scores = masked_fill(program_, scores, hidden);
  scores = softmax(program_, scores);
  return matmul_batched(program_, maybe_dropout(scores), v);
}

Tensor Gpt2::attention(const Block& block, const Tensor& x, const Tensor& mask) {
  ModuleScope module(program_, block.path + ".attn");
  const std::int64_t batch = x.size(0), sequence = x.size(1), inner = attention_width(setup_);
  const std::vector<Tensor> qkv = split(program_, (*block.c_attn)(x), inner, 2);
  const auto head = [&](const Tensor& part) {
    return transpose(program_, view(program_, part, {batch, sequence, setup_.heads, head_size(setup_)}), 1, 2);
  };
  // g++ evaluates these three arguments from the last to the first, and their order is that of the graph's nodes.
  const Tensor v = head(qkv[2]);
  const Tensor k = head(qkv[1]);
  const Tensor q = head(qkv[0]);
  Tensor y = setup_.attention == AttentionKind::materialised
                 ? materialised_attention(q, k, v, mask)
                 : scaled_dot_product_attention(program_, path_of(setup_), q, k, v, setup_.dropout,
                                                {.causal = !mask.defined(), .added = mask});
  y = view(program_, contiguous(program_, transpose(program_, y, 1, 2)), {batch, sequence, inner});
  return maybe_dropout((*block.attn_c_proj)(y));
}

Tensor Gpt2::mlp(const Block& block, const Tensor& x) {
  ModuleScope module(program_, block.path + ".mlp");
  const Tensor wide = gelu(program_, (*block.c_fc)(x));
  return maybe_dropout((*block.mlp_c_proj)(wide));
}

Tensor Gpt2::checkpoint_of(const Block& block, const std::function<Tensor(const Tensor&)>& run, const Tensor& x) {
  if (x.grad_fn != nullptr || !block.is_trained) return checkpoint(program_, run, x, draws());
  const std::function<Tensor(const SeveralTensors&)> run_on_x = [run](const SeveralTensors& inputs) {
    return run(inputs[0]);
  };
  return checkpoint(program_, run_on_x, SeveralTensors{x, empty_leaf()}, draws());
}

Tensor Gpt2::attend(const Block& block, const Tensor& normed, const Tensor& mask) {
  if (setup_.checkpointing != Checkpointing::attention) return attention(block, normed, mask);
  return checkpoint_of(
      block, [this, &block, mask](const Tensor& x) { return attention(block, x, mask); }, normed);
}

Tensor Gpt2::through(const Block& block, Tensor x, const Tensor& mask) {
  ModuleScope block_module(program_, block.path);
  x = add(program_, x, attend(block, layer_norm(block.path + ".ln_1", block.ln_1, x), mask));
  x = add(program_, x, mlp(block, layer_norm(block.path + ".ln_2", block.ln_2, x)));
  return x;
}

Tensor Gpt2::transformer(const Tensor& ids, const Tensor& lengths) {
  ModuleScope module(program_, "transformer");
  Tensor positions;
  {
    OpScope op(program_, "aten::arange");
    positions = empty(program_, {ids.size(1)}, kInt64Bytes);
  }
  Tensor mask;
  if (lengths.defined()) mask = causal_mask_of_padded(program_, setup_.attention, positions, lengths);
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
      x = checkpoint_of(
          block, [this, &block, mask](const Tensor& input) { return through(block, input, mask); }, x);
    else
      x = through(block, std::move(x), mask);
  }
  return layer_norm("transformer.ln_f", ln_f_, x);
}

Tensor Gpt2::head(const Tensor& features) {
  ModuleScope module(program_, "lm_head");
  return linear_without_bias(program_, features, head_->value);
}

}  // namespace profile_train::symbolic
