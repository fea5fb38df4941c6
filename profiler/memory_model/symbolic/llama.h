#pragma once

#include <memory>
#include <string>
#include <vector>

#include "profiler/memory_model/symbolic/model.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// Llama 2 and 3 as workloads/llama.cpp writes it, line by line: what is in scope there is alive here.
class Llama : public Model {
 public:
  Llama(Program& program, const TrainingSetup& setup);

  Tensor features(const Tensor& ids) override { return features_of_padded(ids, {}); }
  Tensor features_of_padded(const Tensor& ids, const Tensor& lengths) override;
  Tensor head(const Tensor& features) override;
  const Tensor& head_weight() const override { return head_->value; }

 private:
  /// A matrix without a bias, or the scale of a norm.
  struct Layer {
    std::string path;
    std::shared_ptr<Parameter> weight;
  };
  struct Block {
    std::string path;
    Layer input_layernorm, q_proj, k_proj, v_proj, o_proj, post_attention_layernorm, gate_proj, up_proj, down_proj;
  };
  /// Cosine and sine of the angles, (S, d): made once in each forward pass and kept by all blocks.
  struct Rotation {
    Tensor cosine;
    Tensor sine;
  };

  Layer layer(const std::string& path, Sizes sizes);
  Tensor linear(const Layer& layer, const Tensor& x);
  Tensor norm(const Layer& layer, const Tensor& x);
  Rotation make_rotation(std::int64_t sequence, std::int64_t element_bytes);
  Tensor rotate(const Rotation& rotation, const Tensor& x);
  Tensor by_head(const Tensor& part, std::int64_t heads);
  Tensor shared(const Tensor& part);
  Tensor materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask);
  Tensor attention(const Block& block, const Tensor& x, const Rotation& rotation, const Tensor& mask);
  Tensor mlp(const Block& block, const Tensor& x);
  Tensor through(const Block& block, Tensor x, const Rotation& rotation, const Tensor& mask);

  Program& program_;
  TrainingSetup setup_;
  std::int64_t kv_heads_;
  std::int64_t head_size_;
  std::shared_ptr<Parameter> embed_tokens_, head_;
  std::vector<Block> blocks_;
  Layer norm_;
};

}  // namespace profile_train::symbolic
