// Products of two tensors, number by number, and what feed-forward parts with a gate are made of.

#include <algorithm>
#include <utility>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// Sizes of two tensors together, aligned at the last dimension.
Sizes broadcast(const Sizes& x, const Sizes& y) {
  Sizes result = x.size() >= y.size() ? x : y;
  const Sizes& shorter = x.size() >= y.size() ? y : x;
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& size = result[result.size() - 1 - i];
    size = std::max(size, shorter[shorter.size() - 1 - i]);
  }
  return result;
}

/// The CPU casts the operand of lower precision first; CUDA's kernel casts as it reads.
Tensor product(Program& program, const Tensor& x, const Tensor& y) {
  const std::int64_t element_bytes = std::max(x.element_bytes, y.element_bytes);
  Tensor promoted;
  const Tensor& lower = x.element_bytes < y.element_bytes ? x : y;
  if (!program.on_cuda() && lower.element_bytes < element_bytes) {
    promoted = empty_like(program, lower, element_bytes);
    program.note_cast(promoted.storage);
  }
  const Sizes sizes = broadcast(x.sizes, y.sizes);
  if (x.sizes == sizes) return empty_like(program, x, element_bytes);
  if (y.sizes == sizes) return empty_like(program, y, element_bytes);
  return empty(program, sizes, element_bytes);
}

}  // namespace

Tensor multiply(Program& program, const Tensor& x, const Tensor& y) {
  OpScope op(program, "aten::mul");
  Tensor result = product(program, x, y);
  const Tensor kept_x = y.grad_fn ? detach(x) : Tensor{};
  const Tensor kept_y = x.grad_fn ? detach(y) : Tensor{};
  connect(program, "MulBackward0", {&x, &y}, result, [&program, kept_x, kept_y](Tensors& g) {
    Tensors gradients(2);
    if (kept_x.defined()) gradients[1] = product(program, g[0], kept_x);
    if (kept_y.defined()) gradients[0] = product(program, g[0], kept_y);
    return gradients;  // as large as the result: the engine sums them to the sizes of the inputs
  });
  return result;
}

Tensor silu(Program& program, const Tensor& x) {
  OpScope op(program, "aten::silu");
  Tensor result = empty_like(program, x);
  connect(program, "SiluBackward0", {&x}, result,
          [&program, kept = detach(x)](Tensors&) { return Tensors{empty_like(program, kept)}; });
  return result;
}

Tensor negate(Program& program, const Tensor& x) {
  OpScope op(program, "aten::neg");
  Tensor result = empty_like(program, x);
  connect(program, "NegBackward0", {&x}, result, [&program](Tensors& g) { return Tensors{empty_like(program, g[0])}; });
  return result;
}

}  // namespace profile_train::symbolic
