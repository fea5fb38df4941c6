#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "profiler/memory_model/symbolic/model.h"
#include "profiler/memory_model/symbolic/projection.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// GPT-2 as workloads/gpt2.cpp writes it, line by line: what is in scope there is alive here.
class Gpt2 : public Model {
 public:
  Gpt2(Program& program, const TrainingSetup& setup);

  Tensor features(const Tensor& ids) override { return transformer(ids, {}); }
  Tensor features_of_padded(const Tensor& ids, const Tensor& lengths) override { return transformer(ids, lengths); }
  Tensor head(const Tensor& features) override;
  const Tensor& head_weight() const override { return head_->value; }

 private:
  struct Affine {
    std::shared_ptr<Parameter> weight;
    std::shared_ptr<Parameter> bias;
  };
  struct Block {
    std::string path;
    bool is_trained;  ///< anything in it
    Affine ln_1;
    std::unique_ptr<Projection> c_attn, attn_c_proj;
    Affine ln_2;
    std::unique_ptr<Projection> c_fc, mlp_c_proj;
  };

  std::shared_ptr<Parameter> parameter(const std::string& name, Sizes sizes);
  Affine affine(const std::string& path);
  std::unique_ptr<Projection> projection(const std::string& path, std::int64_t in, std::int64_t out);
  Tensor layer_norm(const std::string& path, const Affine& layer, const Tensor& x);
  bool draws() const { return setup_.dropout > 0.0; }
  Tensor checkpoint_of(const Block& block, const std::function<Tensor(const Tensor&)>& run, const Tensor& x);
  Tensor maybe_dropout(const Tensor& x);
  Tensor materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask);
  Tensor attention(const Block& block, const Tensor& x, const Tensor& mask);
  Tensor attend(const Block& block, const Tensor& normed, const Tensor& mask);
  Tensor through(const Block& block, Tensor x, const Tensor& mask);
  Tensor mlp(const Block& block, const Tensor& x);
  Tensor transformer(const Tensor& ids, const Tensor& lengths);

  Program& program_;
  TrainingSetup setup_;
  std::shared_ptr<Parameter> wte_, wpe_, head_;
  std::vector<Block> blocks_;
  Affine ln_f_;
};

}  // namespace profile_train::symbolic
