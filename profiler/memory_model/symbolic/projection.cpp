#include "profiler/memory_model/symbolic/projection.h"

#include <utility>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {

Projection::Projection(Program& program, Parameters& parameters, std::string path, const MatrixShape& shape,
                       const TrainingSetup& setup)
    : program_(program),
      path_(std::move(path)),
      shape_(shape),
      matrix_(make_matrix(program, parameters, path_, shape, setup)) {
  const auto parameter = [&](const char* name, Sizes sizes) {
    parameters.push_back(
        make_parameter(program, path_ + name, std::move(sizes), program.machine().weight_element_bytes));
    return parameters.back();
  };
  bias_ = parameter(".bias", {shape.out});
  if (setup.lora_rank == 0) return;
  lora_a_ = parameter(".lora_A", {shape.in, setup.lora_rank});
  lora_b_ = parameter(".lora_B", {setup.lora_rank, shape.out});
}

Tensor Projection::with_adapter(const Tensor& y, const Tensor& x) const {
  const Tensor product = multiply_by_number_in_place(program_, mm(program_, x, lora_a_->value));
  return addmm(program_, y, product, lora_b_->value);
}

Tensor Projection::operator()(const Tensor& x) const {
  ModuleScope module(program_, path_);
  const Tensor rows = view(program_, x, {x.numel() / shape_.in, shape_.in});
  Tensor y = matrix_->times(program_, rows, bias_->value);
  if (lora_a_) y = with_adapter(y, rows);
  return view(program_, y, {x.size(0), x.size(1), shape_.out});
}

}  // namespace profile_train::symbolic
