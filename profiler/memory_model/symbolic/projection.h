#pragma once

#include <memory>
#include <string>
#include <vector>

#include "profiler/memory_model/symbolic/autograd.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

using Parameters = std::vector<std::shared_ptr<Parameter>>;

/// W of x W + b as it is stored: the counterpart of the class in workloads/projection.h.
class StoredMatrix {
 public:
  StoredMatrix() = default;
  virtual ~StoredMatrix() = default;
  StoredMatrix(const StoredMatrix&) = delete;
  StoredMatrix& operator=(const StoredMatrix&) = delete;

  virtual Tensor times(Program& program, const Tensor& x, const Tensor& bias) const = 0;
};

struct MatrixShape {
  std::int64_t in;
  std::int64_t out;
};

/// What of it is a parameter is added to `parameters`, under the path of its projection.
std::unique_ptr<StoredMatrix> make_matrix(Program& program, Parameters& parameters, const std::string& path,
                                          const MatrixShape& shape, const TrainingSetup& setup);

/// One of the four matrices of a GPT-2 block, as workloads/projection.cpp writes it.
class Projection {
 public:
  Projection(Program& program, Parameters& parameters, std::string path, const MatrixShape& shape,
             const TrainingSetup& setup);

  Tensor operator()(const Tensor& x) const;  ///< (B, S, in) → (B, S, out)

 private:
  Tensor with_adapter(const Tensor& y, const Tensor& x) const;

  Program& program_;
  std::string path_;
  MatrixShape shape_;
  std::unique_ptr<StoredMatrix> matrix_;
  std::shared_ptr<Parameter> bias_;
  std::shared_ptr<Parameter> lora_a_, lora_b_;  ///< empty: no adapter
};

}  // namespace profile_train::symbolic
