#pragma once

#include <memory>
#include <string>
#include <vector>

#include "profiler/memory_model/symbolic/model.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// BERT as workloads/bert.cpp writes it, line by line: what is in scope there is alive here.
class Bert : public Model {
 public:
  Bert(Program& program, const TrainingSetup& setup);

  Batch prepare(Batch batch) override;
  Tensor features(const Tensor& ids) override { return features_of_padded(ids, {}); }
  Tensor features_of_padded(const Tensor& ids, const Tensor& lengths) override;
  Tensor head(const Tensor& features) override;
  const Tensor& head_weight() const override { return head_weight_->value; }

 private:
  struct Affine {
    std::string path;
    std::shared_ptr<Parameter> weight;
    std::shared_ptr<Parameter> bias;
  };
  struct Block {
    std::string path;
    Affine query, key, value, attention_dense, attention_norm, wide_dense, narrow_dense, norm;
  };

  std::shared_ptr<Parameter> make(const std::string& name, Sizes sizes) const;
  Affine linear(const std::string& path, std::int64_t in, std::int64_t out) const;
  Affine norm(const std::string& path) const;
  void list_parameters();

  Tensor apply_linear(const Affine& layer, const Tensor& x);
  Tensor apply_norm(const Affine& layer, const Tensor& x);
  bool draws() const { return setup_.dropout > 0.0; }
  Tensor maybe_dropout(const Tensor& x);
  Tensor materialised_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask);
  Tensor attend(const Block& block, const Tensor& x, const Tensor& mask);
  Tensor through(const Block& block, const Tensor& x, const Tensor& mask);
  Tensor embed(const Tensor& ids, const Tensor& positions, Tensor& first_segment);

  Program& program_;
  TrainingSetup setup_;
  std::shared_ptr<Parameter> words_, positions_, segments_;
  Affine embedding_norm_;
  std::vector<Block> blocks_;
  Affine transform_, transform_norm_;
  std::shared_ptr<Parameter> head_bias_, head_weight_;
};

}  // namespace profile_train::symbolic
