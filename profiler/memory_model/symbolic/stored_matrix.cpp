// The ways in which a projection stores its matrix, without their numbers: workloads/stored_matrix.cpp.

#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/masked_matrix.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/memory_model/symbolic/projection.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

class WholeMatrix : public StoredMatrix {
 public:
  explicit WholeMatrix(std::shared_ptr<Parameter> weight) : weight_(std::move(weight)) {}
  Tensor times(Program& program, const Tensor& x, const Tensor& bias) const override {
    return addmm(program, bias, x, weight_->value);
  }

 private:
  std::shared_ptr<Parameter> weight_;
};

/// workloads/quantised_matrix.cpp.
class QuantisedMatrix {
 public:
  QuantisedMatrix(Program& program, const MatrixShape& shape, WeightStorage storage, std::int64_t group)
      : shape_(shape), in_pairs_(storage == WeightStorage::int4) {
    const std::int64_t numbers = shape.in * shape.out;
    const Tensor drawn = empty(program, {shape.in, shape.out});
    scales_ = empty(program, {numbers / group});
    codes_ = in_pairs_ ? empty(program, {numbers / 2}, 1) : empty(program, {shape.in, shape.out}, 1);
    for (const Tensor& kept : {codes_, scales_}) program.set_role(kept.storage, Role::buffer);
  }

  Tensor dequantised(Program& program, std::int64_t element_bytes) const {
    const Tensor numbers = in_pairs_ ? unpacked(program, element_bytes) : cast(program, codes_, element_bytes);
    const Tensor scales = cast(program, scales_, element_bytes);  // each group is multiplied by its own, in place
    return reshaped(program, numbers, {shape_.in, shape_.out});
  }

 private:
  Tensor unpacked(Program& program, std::int64_t element_bytes) const {
    const std::int64_t pairs = codes_.numel();
    Tensor numbers;
    {
      OpScope op(program, "aten::empty");
      numbers = empty(program, {pairs, 2}, element_bytes);
    }
    for (const char* half : {"aten::bitwise_and", "aten::bitwise_right_shift"}) {
      OpScope op(program, half);
      Tensor one_of_each_pair;
      {
        const NumberAsTensor bits(program, 1);
        one_of_each_pair = empty(program, {pairs}, 1);
      }
    }
    OpScope op(program, "aten::sub_");
    const NumberAsTensor zero(program, element_bytes);
    return numbers;
  }

  MatrixShape shape_;
  bool in_pairs_;
  Tensor codes_;
  Tensor scales_;
};

class MatrixInCodes : public StoredMatrix {
 public:
  explicit MatrixInCodes(std::shared_ptr<const QuantisedMatrix> weight) : weight_(std::move(weight)) {}

  Tensor times(Program& program, const Tensor& x, const Tensor& bias) const override {
    Tensor result;
    {
      const WithoutGraph of_its_own(program);
      const std::int64_t element_bytes = program.autocast() != nullptr ? kHalfBytes : x.element_bytes;
      result = addmm(program, bias, x, weight_->dequantised(program, element_bytes));
    }
    connect(program, "QuantisedAddmm", {&bias, &x}, result,
            [&program, weight = weight_, sizes = x.sizes, element_bytes = result.element_bytes](Tensors& g) {
              Tensor of_x;
              {
                const Tensor dequantised = weight->dequantised(program, element_bytes);
                of_x = empty(program, sizes, element_bytes);
                program.call_cublas();
              }
              g.clear();  // a function of one's own has let go of it when the engine casts what it gave
              return Tensors{Tensor{}, of_x};
            });
    return result;
  }

 private:
  std::shared_ptr<const QuantisedMatrix> weight_;
};

}  // namespace

std::unique_ptr<StoredMatrix> make_matrix(Program& program, Parameters& parameters, const std::string& path,
                                          const MatrixShape& shape, const TrainingSetup& setup) {
  if (setup.weight_storage != WeightStorage::full)
    return std::make_unique<MatrixInCodes>(
        std::make_shared<const QuantisedMatrix>(program, shape, setup.weight_storage, setup.quantisation_group));
  parameters.push_back(
      make_parameter(program, path + ".weight", {shape.in, shape.out}, program.machine().weight_element_bytes));
  if (setup.pruning == Pruning::unstructured) return make_masked_matrix(program, parameters.back());
  return std::make_unique<WholeMatrix>(parameters.back());
}

}  // namespace profile_train::symbolic
