#include "profiler/memory_model/symbolic/llama.h"

#include <utility>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/checkpoint.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/mode_names.h"

namespace profile_train::symbolic {

Llama::Llama(Program& program, const TrainingSetup& setup)
    : program_(program), setup_(setup), kv_heads_(kv_heads(setup)), head_size_(head_size(setup)) {
  const std::int64_t hidden = setup.hidden, wide = setup.feed_forward;
  const std::int64_t queries = setup.heads * head_size_, keys = kv_heads_ * head_size_;
  embed_tokens_ = layer("model.embed_tokens", {setup.vocabulary, hidden}).weight;
  for (std::int64_t i = 0; i < setup.blocks; ++i) {
    Block block;
    block.path = "model.layers." + std::to_string(i);
    block.input_layernorm = layer(block.path + ".input_layernorm", {hidden});
    block.q_proj = layer(block.path + ".self_attn.q_proj", {queries, hidden});
    block.k_proj = layer(block.path + ".self_attn.k_proj", {keys, hidden});
    block.v_proj = layer(block.path + ".self_attn.v_proj", {keys, hidden});
    block.o_proj = layer(block.path + ".self_attn.o_proj", {hidden, queries});
    block.post_attention_layernorm = layer(block.path + ".post_attention_layernorm", {hidden});
    block.gate_proj = layer(block.path + ".mlp.gate_proj", {wide, hidden});
    block.up_proj = layer(block.path + ".mlp.up_proj", {wide, hidden});
    block.down_proj = layer(block.path + ".mlp.down_proj", {hidden, wide});
    blocks_.push_back(std::move(block));
  }
  norm_ = layer("model.norm", {hidden});
  head_ = setup.tied_head ? embed_tokens_ : layer("lm_head", {setup.vocabulary, hidden}).weight;
}

Llama::Layer Llama::layer(const std::string& path, Sizes sizes) {
  parameters_.push_back(
      make_parameter(program_, path + ".weight", std::move(sizes), program_.machine().weight_element_bytes));
  return {path, parameters_.back()};
}

Tensor Llama::linear(const Layer& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return linear_without_bias(program_, x, layer.weight->value);
}

Tensor Llama::norm(const Layer& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return rms_norm(program_, x, layer.weight->value);
}

Llama::Rotation Llama::make_rotation(std::int64_t sequence, std::int64_t element_bytes) {
  const auto made_by = [this](const char* name, Sizes sizes) {
    OpScope op(program_, name);
    return empty(program_, std::move(sizes));
  };
  Tensor frequencies;
  {
    const Tensor exponents = made_by("aten::arange", {head_size_ / 2});
    {
      OpScope op(program_, "aten::mul_");
      const NumberAsTensor factor(program_, kFloatBytes);
    }
    OpScope op(program_, "aten::pow");
    frequencies = empty(program_, exponents.sizes);
    // The base becomes a tensor on the device, in double precision.
    if (program_.on_cuda()) program_.allocate(8);
    const NumberAsTensor base(program_, kFloatBytes);
  }
  Tensor half;
  {
    const Tensor positions = made_by("aten::arange", {sequence});
    half = made_by("aten::outer", {sequence, head_size_ / 2});
  }
  const Tensor angles = made_by("aten::cat", {sequence, head_size_});
  Rotation rotation;
  rotation.cosine = cast(program_, made_by("aten::cos", angles.sizes), element_bytes);
  rotation.sine = cast(program_, made_by("aten::sin", angles.sizes), element_bytes);
  return rotation;
}

Tensor Llama::rotate(const Rotation& rotation, const Tensor& x) {
  const std::vector<Tensor> halves = split(program_, x, head_size_ / 2, 3);
  const Tensor turned = cat(program_, {negate(program_, halves[1]), halves[0]}, 3);
  // g++ evaluates the right operand first.
  const Tensor by_sine = multiply(program_, turned, rotation.sine);
  return add(program_, multiply(program_, x, rotation.cosine), by_sine);
}

Tensor Llama::by_head(const Tensor& part, std::int64_t heads) {
  return transpose(program_, view(program_, part, {part.size(0), part.size(1), heads, head_size_}), 1, 2);
}

Tensor Llama::shared(const Tensor& part) {
  if (kv_heads_ == setup_.heads) return part;
  const std::int64_t batch = part.size(0), sequence = part.size(2), copies = setup_.heads / kv_heads_;
  const Tensor repeated =
      expand(program_, unsqueeze(program_, part, 2), {batch, kv_heads_, copies, sequence, head_size_});
  return reshape(program_, repeated, {batch, setup_.heads, sequence, head_size_});
}

Tensor Llama::materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  Tensor scores = matmul_batched(program_, q, transpose(program_, k, -2, -1));
  scores = multiply_by_number(program_, scores);
  const Tensor hidden = mask.defined() ? mask : causal_mask(program_, q.size(2));
  scores = masked_fill(program_, scores, hidden);
  scores = softmax(program_, scores);
  return matmul_batched(program_, scores, v);
}

Tensor Llama::attention(const Block& block, const Tensor& x, const Rotation& rotation, const Tensor& mask) {
  ModuleScope module(program_, block.path + ".self_attn");
  const std::int64_t batch = x.size(0), sequence = x.size(1);
  const Tensor q = rotate(rotation, by_head(linear(block.q_proj, x), setup_.heads));
  const Tensor k = shared(rotate(rotation, by_head(linear(block.k_proj, x), kv_heads_)));
  const Tensor v = shared(by_head(linear(block.v_proj, x), kv_heads_));
  constexpr double kDropout = 0.0;
  Tensor y = setup_.attention == AttentionKind::materialised
                 ? materialised_attention(q, k, v, mask)
                 : scaled_dot_product_attention(program_, path_of(setup_), q, k, v, kDropout,
                                                {.causal = !mask.defined(), .added = mask});
  y = view(program_, contiguous(program_, transpose(program_, y, 1, 2)), {batch, sequence, setup_.heads * head_size_});
  return linear(block.o_proj, y);
}

Tensor Llama::mlp(const Block& block, const Tensor& x) {
  ModuleScope module(program_, block.path + ".mlp");
  const Tensor gate = silu(program_, linear(block.gate_proj, x));
  return linear(block.down_proj, multiply(program_, gate, linear(block.up_proj, x)));
}

Tensor Llama::through(const Block& block, Tensor x, const Rotation& rotation, const Tensor& mask) {
  ModuleScope module(program_, block.path);
  x = add(program_, x, attention(block, norm(block.input_layernorm, x), rotation, mask));
  x = add(program_, x, mlp(block, norm(block.post_attention_layernorm, x)));
  return x;
}

Tensor Llama::features_of_padded(const Tensor& ids, const Tensor& lengths) {
  ModuleScope module(program_, "model");
  Tensor mask;
  if (lengths.defined()) {
    Tensor positions;
    {
      OpScope op(program_, "aten::arange");
      positions = empty(program_, {ids.size(1)}, kInt64Bytes);
    }
    mask = causal_mask_of_padded(program_, setup_.attention, positions, lengths);
  }
  Tensor x;
  {
    ModuleScope table(program_, "model.embed_tokens");
    x = embedding(program_, embed_tokens_->value, ids);
  }
  const Rotation rotation = make_rotation(ids.size(1), x.element_bytes);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (is_checkpointed(setup_.checkpointing, setup_.checkpoint_every, static_cast<std::int64_t>(i)))
      x = checkpoint(
          program_,
          [this, &block, rotation, mask](const Tensor& input) { return through(block, input, rotation, mask); }, x,
          false);
    else
      x = through(block, std::move(x), rotation, mask);
  }
  return norm(norm_, x);
}

Tensor Llama::head(const Tensor& features) {
  ModuleScope module(program_, "lm_head");
  return linear_without_bias(program_, features, head_->value);
}

}  // namespace profile_train::symbolic
