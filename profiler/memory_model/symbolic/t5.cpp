#include "profiler/memory_model/symbolic/t5.h"

#include <utility>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/symbolic/checkpoint.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/mode_names.h"

namespace profile_train::symbolic {

T5::T5(Program& program, const TrainingSetup& setup)
    : program_(program), setup_(setup), inner_(setup.heads * head_size(setup)) {
  shared_ = layer("shared", {setup.vocabulary, setup.hidden}).weight;
  encoder_ = stack("encoder", false, setup.blocks);
  decoder_ = stack("decoder", true, setup.decoder_blocks > 0 ? setup.decoder_blocks : setup.blocks);
  head_ = setup.tied_head ? shared_ : layer("lm_head", {setup.vocabulary, setup.hidden}).weight;
}

T5::Layer T5::layer(const std::string& path, Sizes sizes) {
  parameters_.push_back(
      make_parameter(program_, path + ".weight", std::move(sizes), program_.machine().weight_element_bytes));
  return {path, parameters_.back()};
}

T5::Attention T5::attention(const std::string& path, bool owns_bias) {
  constexpr std::int64_t kBuckets = 32;
  Attention result;
  result.path = path;
  result.q = layer(path + ".q", {inner_, setup_.hidden});
  result.k = layer(path + ".k", {inner_, setup_.hidden});
  result.v = layer(path + ".v", {inner_, setup_.hidden});
  result.o = layer(path + ".o", {setup_.hidden, inner_});
  if (owns_bias) result.bias_table = layer(path + ".relative_attention_bias", {kBuckets, setup_.heads}).weight;
  return result;
}

T5::Block T5::block(const std::string& path, bool decodes, bool first) {
  int number = 0;
  const auto next = [&] { return path + ".layer." + std::to_string(number++); };
  Block result;
  result.path = path;
  const std::string self = next();
  result.attention = attention(self + ".SelfAttention", first);
  result.attention_norm = layer(self + ".layer_norm", {setup_.hidden});
  if (decodes) {
    const std::string cross = next();
    result.cross_attention = attention(cross + ".EncDecAttention", false);
    result.cross_norm = layer(cross + ".layer_norm", {setup_.hidden});
  }
  const std::string wide = next();
  const auto widening = [&](const char* name) {
    return layer(wide + ".DenseReluDense." + name, {setup_.feed_forward, setup_.hidden});
  };
  if (setup_.gated_feed_forward) {
    result.wi_0 = widening("wi_0");
    result.wi_1 = widening("wi_1");
  } else {
    result.wi = widening("wi");
  }
  result.wo = layer(wide + ".DenseReluDense.wo", {setup_.hidden, setup_.feed_forward});
  result.wide_norm = layer(wide + ".layer_norm", {setup_.hidden});
  return result;
}

T5::Stack T5::stack(const std::string& path, bool decodes, std::int64_t blocks) {
  Stack result;
  result.path = path;
  result.decodes = decodes;
  for (std::int64_t i = 0; i < blocks; ++i)
    result.blocks.push_back(block(path + ".block." + std::to_string(i), decodes, i == 0));
  result.norm = layer(path + ".final_layer_norm", {setup_.hidden});
  return result;
}

Tensor T5::maybe_dropout(const Tensor& x) { return draws() ? dropout(program_, x) : x; }

Tensor T5::linear(const Layer& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return linear_without_bias(program_, x, layer.weight->value);
}

Tensor T5::norm(const Layer& layer, const Tensor& x) {
  ModuleScope module(program_, layer.path);
  return rms_norm(program_, x, layer.weight->value);
}

Tensor T5::look_up(const Tensor& ids) {
  ModuleScope module(program_, "shared");
  return embedding(program_, shared_->value, ids);
}

Tensor T5::position_bias(const Attention& attention, std::int64_t sequence, bool causal) {
  ModuleScope module(program_, attention.path + ".relative_attention_bias");
  const Tensor buckets = buckets_of_distances(program_, sequence, causal);
  const Tensor by_place = embedding(program_, attention.bias_table->value, buckets);  // (S, S, a)
  // permute({2, 0, 1}).unsqueeze(0)
  const Tensor bias = unsqueeze(program_, transpose(program_, transpose(program_, by_place, 1, 2), 0, 1), 0);
  if (!causal) return contiguous(program_, bias);
  const Tensor later = causal_mask(program_, sequence);
  return contiguous(program_, masked_fill(program_, bias, later));
}

/// Autocast casts the bias. Where no graph is made, the cast needs no gradient any more.
AttentionPath T5::path_with(const Tensor& bias) const {
  if (!bias.defined()) return path_of(setup_);
  const bool is_cast = program_.autocast() != nullptr;
  const bool learned = bias.grad_fn != nullptr && (program_.makes_graph() || !is_cast);
  return learned ? path_of_learned_bias(setup_) : path_of_fixed_bias(setup_);
}

Tensor T5::attended(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  if (setup_.attention != AttentionKind::materialised)
    return scaled_dot_product_attention(program_, path_with(bias), q, k, v, setup_.dropout,
                                        {.causal = false, .added = bias});
  Tensor scores = multiply_by_number(program_, matmul_batched(program_, q, transpose(program_, k, -2, -1)));
  if (bias.defined()) scores = add(program_, scores, bias);
  return matmul_batched(program_, maybe_dropout(softmax(program_, scores)), v);
}

Tensor T5::attend(const Attention& attention, const Tensor& x, const Tensor& source, const Tensor& bias) {
  ModuleScope module(program_, attention.path);
  const auto by_head = [&](const Tensor& part) {
    return transpose(program_, view(program_, part, {part.size(0), part.size(1), setup_.heads, inner_ / setup_.heads}),
                     1, 2);
  };
  const Tensor q = by_head(linear(attention.q, x));
  const Tensor k = by_head(linear(attention.k, source));
  const Tensor v = by_head(linear(attention.v, source));
  const Tensor y = attended(q, k, v, bias);
  return linear(attention.o,
                view(program_, contiguous(program_, transpose(program_, y, 1, 2)), {x.size(0), x.size(1), inner_}));
}

Tensor T5::widened(const Block& block, const Tensor& normed) {
  if (!setup_.gated_feed_forward) return relu(program_, linear(block.wi, normed));
  const Tensor gate = gelu(program_, linear(block.wi_0, normed));
  return multiply(program_, gate, linear(block.wi_1, normed));
}

Tensor T5::through(const Block& block, Tensor x, const Tensor& encoded, const Tensor& bias) {
  ModuleScope module(program_, block.path);
  Tensor normed = norm(block.attention_norm, x);
  x = add(program_, x, maybe_dropout(attend(block.attention, normed, normed, bias)));
  if (block.cross_norm.weight) {
    normed = norm(block.cross_norm, x);
    x = add(program_, x, maybe_dropout(attend(block.cross_attention, normed, encoded, {})));
  }
  normed = norm(block.wide_norm, x);
  x = add(program_, x, maybe_dropout(linear(block.wo, maybe_dropout(widened(block, normed)))));
  return x;
}

Tensor T5::checkpointed(const Block& block, const Tensor& x, const Tensor& encoded, const Tensor& bias) {
  if (!encoded.defined())
    return checkpoint(
        program_, [this, &block](const SeveralTensors& in) { return through(block, in[0], {}, in[1]); }, {x, bias},
        draws());
  return checkpoint(
      program_, [this, &block](const SeveralTensors& in) { return through(block, in[0], in[1], in[2]); },
      {x, encoded, bias}, draws());
}

Tensor T5::through(const Stack& stack, Tensor x, const Tensor& encoded) {
  ModuleScope module(program_, stack.path);
  const Tensor bias = position_bias(stack.blocks.front().attention, x.size(1), stack.decodes);
  x = maybe_dropout(x);
  for (std::size_t i = 0; i < stack.blocks.size(); ++i) {
    const Block& block = stack.blocks[i];
    if (is_checkpointed(setup_.checkpointing, setup_.checkpoint_every, static_cast<std::int64_t>(i)))
      x = checkpointed(block, x, encoded, bias);
    else
      x = through(block, std::move(x), encoded, bias);
  }
  return maybe_dropout(norm(stack.norm, x));
}

Tensor T5::features(const Tensor& ids) {
  const Tensor encoded = through(encoder_, look_up(ids), {});
  Tensor x = through(decoder_, look_up(ids), encoded);
  if (setup_.tied_head) x = multiply_by_number(program_, x);
  return x;
}

Tensor T5::head(const Tensor& features) {
  ModuleScope module(program_, "lm_head");
  return linear_without_bias(program_, features, head_->value);
}

}  // namespace profile_train::symbolic
