#pragma once

#include <memory>
#include <vector>

#include "profiler/memory_model/symbolic/model.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// GPT-2 as workloads/gpt2.cpp writes it, line by line: what is in scope there is alive here.
class Gpt2 : public Model {
 public:
  Gpt2(Program& program, const TrainingSetup& setup);

  Tensor features(const Tensor& ids) override { return transformer(ids); }
  Tensor head(const Tensor& features) override;
  const Tensor& head_weight() const override { return head_->value; }

 private:
  struct Affine {
    std::shared_ptr<Parameter> weight;
    std::shared_ptr<Parameter> bias;
  };
  struct Block {
    std::string path;
    Affine ln_1, c_attn, attn_c_proj, ln_2, c_fc, mlp_c_proj;
  };

  std::shared_ptr<Parameter> parameter(const std::string& name, Sizes sizes);
  Affine affine(const std::string& path, Sizes weight_sizes, std::int64_t bias_size);
  Tensor conv1d(const std::string& path, const Affine& layer, const Tensor& x);
  Tensor layer_norm(const std::string& path, const Affine& layer, const Tensor& x);
  bool draws() const { return setup_.dropout > 0.0; }
  Tensor maybe_dropout(const Tensor& x);
  Tensor materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v);
  Tensor attention(const Block& block, const Tensor& x);
  Tensor attend(const Block& block, const Tensor& normed);
  Tensor through(const Block& block, Tensor x);
  Tensor mlp(const Block& block, const Tensor& x);
  Tensor transformer(const Tensor& ids);

  Program& program_;
  TrainingSetup setup_;
  std::shared_ptr<Parameter> wte_, wpe_, head_;
  std::vector<Block> blocks_;
  Affine ln_f_;
};

}  // namespace profile_train::symbolic
