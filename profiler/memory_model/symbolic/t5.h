#pragma once

#include <memory>
#include <string>
#include <vector>

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/symbolic/model.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// T5 as workloads/t5.cpp writes it, line by line: what is in scope there is alive here.
class T5 : public Model {
 public:
  T5(Program& program, const TrainingSetup& setup);

  Tensor features(const Tensor& ids) override;
  Tensor head(const Tensor& features) override;
  const Tensor& head_weight() const override { return head_->value; }

 private:
  /// A matrix without a bias, or the scale of a norm.
  struct Layer {
    std::string path;
    std::shared_ptr<Parameter> weight;
  };
  struct Attention {
    std::string path;
    Layer q, k, v, o;
    std::shared_ptr<Parameter> bias_table;  ///< of the first in a stack
  };
  struct Block {
    std::string path;
    Attention attention, cross_attention;
    Layer attention_norm, cross_norm, wi, wi_0, wi_1, wo, wide_norm;
  };
  struct Stack {
    std::string path;
    bool decodes = false;
    std::vector<Block> blocks;
    Layer norm;
  };

  Layer layer(const std::string& path, Sizes sizes);
  Attention attention(const std::string& path, bool owns_bias);
  Block block(const std::string& path, bool decodes, bool first);
  Stack stack(const std::string& path, bool decodes, std::int64_t blocks);

  bool draws() const { return setup_.dropout > 0.0; }
  Tensor maybe_dropout(const Tensor& x);
  Tensor linear(const Layer& layer, const Tensor& x);
  Tensor norm(const Layer& layer, const Tensor& x);
  Tensor look_up(const Tensor& ids);
  Tensor position_bias(const Attention& attention, std::int64_t sequence, bool causal);
  AttentionPath path_with(const Tensor& bias) const;
  Tensor attended(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias);
  Tensor attend(const Attention& attention, const Tensor& x, const Tensor& source, const Tensor& bias);
  Tensor widened(const Block& block, const Tensor& normed);
  Tensor through(const Block& block, Tensor x, const Tensor& encoded, const Tensor& bias);
  Tensor checkpointed(const Block& block, const Tensor& x, const Tensor& encoded, const Tensor& bias);
  Tensor through(const Stack& stack, Tensor x, const Tensor& encoded);

  Program& program_;
  TrainingSetup setup_;
  std::int64_t inner_;  ///< width of all heads together
  std::shared_ptr<Parameter> shared_, head_;
  Stack encoder_, decoder_;
};

/// The bucket of each distance between two positions, (S, S) int64: a tensor on its own, and what it was made from is
/// gone.
Tensor buckets_of_distances(Program& program, std::int64_t sequence, bool causal);

}  // namespace profile_train::symbolic
