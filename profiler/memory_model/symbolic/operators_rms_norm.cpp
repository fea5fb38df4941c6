#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// CUDA's kernel: keeps its input and one number a row.
Tensor fused(Program& program, const Tensor& x, const Tensor& weight) {
  const std::int64_t rows = x.numel() / x.size(-1);
  Tensor result = empty(program, x.sizes, x.element_bytes);
  const Tensor inverse_root = empty(program, {rows});
  connect(program, "FusedRmsNormBackward0", {&x, &weight}, result,
          [&program, kept = detach(x), inverse_root, scale = detach(weight), needs_x = x.grad_fn != nullptr,
           needs_scale = weight.grad_fn != nullptr](Tensors&) {
            Tensors gradients(2);
            if (needs_x) gradients[0] = empty(program, kept.sizes, kept.element_bytes);
            if (needs_scale) gradients[1] = empty(program, scale.sizes, scale.element_bytes);
            return gradients;
          });
  return result;
}

/// x². Its backward is written for any power: gradient · 2 · x¹.
Tensor squared(Program& program, const Tensor& x) {
  Tensor result = empty_like(program, x);
  connect(program, "PowBackward0", {&x}, result, [&program, kept = detach(x)](Tensors&) {
    const Tensor power = empty_like(program, kept);
    Tensor doubled;
    {
      const NumberAsTensor two(program, kept.element_bytes);
      doubled = empty_like(program, kept);
    }
    return Tensors{empty_like(program, kept)};
  });
  return result;
}

Tensor mean_of_rows(Program& program, const Tensor& x) {
  Sizes sizes = x.sizes;
  sizes.back() = 1;
  Tensor result = empty(program, std::move(sizes), x.element_bytes);
  { const NumberAsTensor count(program, x.element_bytes); }  // div_
  connect(program, "MeanBackward1", {&x}, result, [&program, sizes = x.sizes](Tensors& g) {
    const NumberAsTensor count(program, g[0].element_bytes);
    return Tensors{empty(program, sizes, g[0].element_bytes)};
  });
  return result;
}

Tensor inverse_root_of(Program& program, const Tensor& x) {
  Tensor result = empty_like(program, x);
  connect(program, "RsqrtBackward0", {&x}, result, [&program, kept = detach(result)](Tensors& g) {
    const Tensor cube = empty_like(program, kept);
    Tensor halved;
    {
      const NumberAsTensor minus_half(program, g[0].element_bytes);
      halved = empty_like(program, g[0]);
    }
    return Tensors{empty_like(program, kept)};
  });
  return result;
}

/// The CPU has no kernel of its own for it: operators in fp32 that keep the input twice, in two precisions unless it is
/// fp32 already, and the quotient before it is scaled.
Tensor from_parts(Program& program, const Tensor& any_x, const Tensor& weight) {
  const Tensor x = cast(program, any_x, kFloatBytes);
  Tensor inverse_root;
  {
    const Tensor square = squared(program, x);
    const Tensor mean = mean_of_rows(program, square);
    { const NumberAsTensor epsilon(program, mean.element_bytes); }  // add_
    inverse_root = inverse_root_of(program, mean);
  }
  const Tensor scaled = multiply(program, multiply(program, x, inverse_root), weight);
  return cast(program, scaled, any_x.element_bytes);
}

}  // namespace

Tensor rms_norm(Program& program, const Tensor& x, const Tensor& weight) {
  OpScope op(program, "aten::rms_norm");
  const bool has_kernel = program.on_cuda() && x.element_bytes == weight.element_bytes;
  return has_kernel ? fused(program, x, weight) : from_parts(program, x, weight);
}

}  // namespace profile_train::symbolic
