#include "profiler/memory_model/symbolic/masked_matrix.h"

#include <utility>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// x · mask. The CPU casts the mask to x's precision first; CUDA's kernel casts as it reads.
Tensor product_with_mask(Program& program, const Tensor& x, const Tensor& mask) {
  Tensor promoted;
  if (!program.on_cuda()) {
    promoted = empty_like(program, mask, x.element_bytes);
    program.note_cast(promoted.storage);
  }
  return empty_like(program, x);
}

Tensor masked(Program& program, const Tensor& weight, const Tensor& mask) {
  OpScope op(program, "aten::mul");
  Tensor result = product_with_mask(program, weight, mask);
  connect(program, "MulBackward0", {&weight}, result,
          [&program, mask](Tensors& g) { return Tensors{product_with_mask(program, g[0], mask)}; });
  return result;
}

class MaskedMatrix : public StoredMatrix {
 public:
  MaskedMatrix(Program& program, std::shared_ptr<Parameter> weight)
      : weight_(std::move(weight)), mask_(empty(program, weight_->value.sizes, kBoolBytes)) {
    program.set_role(mask_.storage, Role::buffer);
  }

  Tensor times(Program& program, const Tensor& x, const Tensor& bias) const override {
    return addmm(program, bias, x, masked(program, weight_->value, mask_));
  }

 private:
  std::shared_ptr<Parameter> weight_;
  Tensor mask_;
};

}  // namespace

std::unique_ptr<StoredMatrix> make_masked_matrix(Program& program, std::shared_ptr<Parameter> weight) {
  return std::make_unique<MaskedMatrix>(program, std::move(weight));
}

}  // namespace profile_train::symbolic
