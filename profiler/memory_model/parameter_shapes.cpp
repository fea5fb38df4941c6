#include "profiler/memory_model/parameter_shapes.h"

#include <algorithm>
#include <utility>

#include "profiler/trained_parameters.h"

namespace profile_train {
namespace {

/// Collects parameters under the path of a module.
class Shapes {
 public:
  void add(std::string name, std::vector<std::int64_t> sizes) { all_.push_back({std::move(name), std::move(sizes)}); }
  /// y = x W^T + b with W (out, in).
  void linear(const std::string& path, std::int64_t in, std::int64_t out) {
    add(path + ".weight", {out, in});
    add(path + ".bias", {out});
  }
  void layer_norm(const std::string& path, std::int64_t width) {
    add(path + ".weight", {width});
    add(path + ".bias", {width});
  }
  std::vector<ParameterShape> take() { return std::move(all_); }

 private:
  std::vector<ParameterShape> all_;
};

/// y = x W + b with W (in, out), as GPT-2's checkpoints have it: whole, or in codes, which are no parameters; with its
/// adapter, if there is one.
void projection(Shapes& shapes, const TrainingSetup& s, const std::string& path, std::int64_t in, std::int64_t out) {
  if (s.weight_storage == WeightStorage::full) shapes.add(path + ".weight", {in, out});
  shapes.add(path + ".bias", {out});
  if (s.lora_rank == 0) return;
  shapes.add(path + ".lora_A", {in, s.lora_rank});
  shapes.add(path + ".lora_B", {s.lora_rank, out});
}

std::vector<ParameterShape> gpt2(const TrainingSetup& s) {
  const std::int64_t inner = attention_width(s);
  Shapes shapes;
  shapes.add("transformer.wte.weight", {s.vocabulary, s.hidden});
  shapes.add("transformer.wpe.weight", {s.positions, s.hidden});
  for (std::int64_t i = 0; i < s.blocks; ++i) {
    const std::string block = "transformer.h." + std::to_string(i);
    shapes.layer_norm(block + ".ln_1", s.hidden);
    projection(shapes, s, block + ".attn.c_attn", s.hidden, 3 * inner);
    projection(shapes, s, block + ".attn.c_proj", inner, s.hidden);
    shapes.layer_norm(block + ".ln_2", s.hidden);
    projection(shapes, s, block + ".mlp.c_fc", s.hidden, s.feed_forward);
    projection(shapes, s, block + ".mlp.c_proj", s.feed_forward, s.hidden);
  }
  shapes.layer_norm("transformer.ln_f", s.hidden);
  if (!s.tied_head) shapes.add("lm_head.weight", {s.vocabulary, s.hidden});
  std::vector<ParameterShape> all = shapes.take();
  for (ParameterShape& shape : all) shape.trained = is_trained(shape.name, {s.frozen_blocks, s.lora_rank});
  return all;
}

/// Llama 2 and 3: no biases, norms without shift, heads of keys and values shared by several heads of queries.
std::vector<ParameterShape> llama(const TrainingSetup& s) {
  Shapes shapes;
  const std::int64_t head = head_size(s);
  shapes.add("model.embed_tokens.weight", {s.vocabulary, s.hidden});
  for (std::int64_t i = 0; i < s.blocks; ++i) {
    const std::string block = "model.layers." + std::to_string(i);
    shapes.add(block + ".input_layernorm.weight", {s.hidden});
    shapes.add(block + ".self_attn.q_proj.weight", {s.heads * head, s.hidden});
    shapes.add(block + ".self_attn.k_proj.weight", {kv_heads(s) * head, s.hidden});
    shapes.add(block + ".self_attn.v_proj.weight", {kv_heads(s) * head, s.hidden});
    shapes.add(block + ".self_attn.o_proj.weight", {s.hidden, s.heads * head});
    shapes.add(block + ".post_attention_layernorm.weight", {s.hidden});
    shapes.add(block + ".mlp.gate_proj.weight", {s.feed_forward, s.hidden});
    shapes.add(block + ".mlp.up_proj.weight", {s.feed_forward, s.hidden});
    shapes.add(block + ".mlp.down_proj.weight", {s.hidden, s.feed_forward});
  }
  shapes.add("model.norm.weight", {s.hidden});
  if (!s.tied_head) shapes.add("lm_head.weight", {s.vocabulary, s.hidden});
  return shapes.take();
}

/// BERT with the head that predicts masked tokens; no pooler, which that does not use.
std::vector<ParameterShape> bert(const TrainingSetup& s) {
  constexpr std::int64_t kSegments = 2;
  Shapes shapes;
  const std::string tables = "bert.embeddings.";
  shapes.add(tables + "word_embeddings.weight", {s.vocabulary, s.hidden});
  shapes.add(tables + "position_embeddings.weight", {s.positions, s.hidden});
  shapes.add(tables + "token_type_embeddings.weight", {kSegments, s.hidden});
  shapes.layer_norm(tables + "LayerNorm", s.hidden);
  for (std::int64_t i = 0; i < s.blocks; ++i) {
    const std::string block = "bert.encoder.layer." + std::to_string(i);
    for (const char* part : {"query", "key", "value"})
      shapes.linear(block + ".attention.self." + part, s.hidden, s.hidden);
    shapes.linear(block + ".attention.output.dense", s.hidden, s.hidden);
    shapes.layer_norm(block + ".attention.output.LayerNorm", s.hidden);
    shapes.linear(block + ".intermediate.dense", s.hidden, s.feed_forward);
    shapes.linear(block + ".output.dense", s.feed_forward, s.hidden);
    shapes.layer_norm(block + ".output.LayerNorm", s.hidden);
  }
  shapes.linear("cls.predictions.transform.dense", s.hidden, s.hidden);
  shapes.layer_norm("cls.predictions.transform.LayerNorm", s.hidden);
  shapes.add("cls.predictions.bias", {s.vocabulary});
  if (!s.tied_head) shapes.add("cls.predictions.decoder.weight", {s.vocabulary, s.hidden});
  return shapes.take();
}

void t5_attention(Shapes& shapes, const TrainingSetup& s, const std::string& path) {
  const std::int64_t inner = s.heads * head_size(s);
  for (const char* part : {"q", "k", "v"}) shapes.add(path + "." + part + ".weight", {inner, s.hidden});
  shapes.add(path + ".o.weight", {s.hidden, inner});
}

void t5_stack(Shapes& shapes, const TrainingSetup& s, const std::string& stack, std::int64_t blocks, bool decodes) {
  constexpr std::int64_t kBuckets = 32;  // of distances between positions
  for (std::int64_t i = 0; i < blocks; ++i) {
    int number = 0;
    const auto next = [&] { return stack + ".block." + std::to_string(i) + ".layer." + std::to_string(number++); };
    const std::string self = next();
    t5_attention(shapes, s, self + ".SelfAttention");
    if (i == 0) shapes.add(self + ".SelfAttention.relative_attention_bias.weight", {kBuckets, s.heads});
    shapes.add(self + ".layer_norm.weight", {s.hidden});
    if (decodes) {
      const std::string cross = next();
      t5_attention(shapes, s, cross + ".EncDecAttention");
      shapes.add(cross + ".layer_norm.weight", {s.hidden});
    }
    const std::string wide = next();
    if (s.gated_feed_forward) {
      shapes.add(wide + ".DenseReluDense.wi_0.weight", {s.feed_forward, s.hidden});
      shapes.add(wide + ".DenseReluDense.wi_1.weight", {s.feed_forward, s.hidden});
    } else {
      shapes.add(wide + ".DenseReluDense.wi.weight", {s.feed_forward, s.hidden});
    }
    shapes.add(wide + ".DenseReluDense.wo.weight", {s.hidden, s.feed_forward});
    shapes.add(wide + ".layer_norm.weight", {s.hidden});
  }
  shapes.add(stack + ".final_layer_norm.weight", {s.hidden});
}

/// T5: an encoder and a decoder that also attends to it; no biases, norms without shift, positions as a bias of scores.
std::vector<ParameterShape> t5(const TrainingSetup& s) {
  Shapes shapes;
  shapes.add("shared.weight", {s.vocabulary, s.hidden});
  t5_stack(shapes, s, "encoder", s.blocks, false);
  t5_stack(shapes, s, "decoder", s.decoder_blocks > 0 ? s.decoder_blocks : s.blocks, true);
  if (!s.tied_head) shapes.add("lm_head.weight", {s.vocabulary, s.hidden});
  return shapes.take();
}

struct Family {
  const char* name;
  std::vector<ParameterShape> (*shapes)(const TrainingSetup& setup);
};
constexpr Family kFamilies[] = {
    {"gpt2", gpt2},
    {"llama", llama},
    {"bert", bert},
    {"t5", t5},
};

}  // namespace

std::vector<ParameterShape> parameter_shapes(const TrainingSetup& setup) {
  for (const Family& family : kFamilies)
    if (setup.model_family == family.name) return family.shapes(setup);
  return {};
}

std::vector<ParameterShape> trained_parameter_shapes(const TrainingSetup& setup) {
  std::vector<ParameterShape> shapes = parameter_shapes(setup);
  std::erase_if(shapes, [](const ParameterShape& shape) { return !shape.trained; });
  return shapes;
}

std::vector<ParameterShape> quantised_matrices(const TrainingSetup& setup) {
  if (setup.weight_storage == WeightStorage::full) return {};
  TrainingSetup full = setup;
  full.weight_storage = WeightStorage::full;
  const std::vector<ParameterShape> parameters = parameter_shapes(setup);
  std::vector<ParameterShape> missing = parameter_shapes(full);
  std::erase_if(missing, [&](const ParameterShape& shape) {
    return std::ranges::find(parameters, shape.name, &ParameterShape::name) != parameters.end();
  });
  return missing;
}

}  // namespace profile_train
