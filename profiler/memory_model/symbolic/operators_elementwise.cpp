#include <algorithm>
#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// Sums a gradient over the dimensions that the input did not have, or had once (at::sum_to).
Tensor summed_to(Program& program, const Tensor& gradient, const Sizes& sizes) {
  if (gradient.sizes == sizes) return gradient;
  return empty(program, sizes, gradient.element_bytes);
}

/// Out-of-place operator with a number: the wrapped number goes when the operator returns.
Tensor elementwise_with_number(Program& program, const Tensor& x) {
  const NumberAsTensor number(program, x.element_bytes);
  return empty_like(program, x);
}

}  // namespace

Tensor add(Program& program, const Tensor& x, const Tensor& y) {
  OpScope op(program, "aten::add");
  const std::int64_t element_bytes = std::max(x.element_bytes, y.element_bytes);
  Tensor result;
  {
    Tensor promoted;  // the CPU casts the operand of lower precision first; CUDA's kernel casts as it reads
    const Tensor& lower = x.element_bytes < y.element_bytes ? x : y;
    if (!program.on_cuda() && lower.element_bytes < element_bytes) {
      promoted = empty_like(program, lower, element_bytes);
      program.note_cast(promoted.storage);
    }
    result = empty_like(program, x, element_bytes);
  }
  connect(program, "AddBackward0", {&x, &y}, result, [&program, x_sizes = x.sizes, y_sizes = y.sizes](Tensors& g) {
    return Tensors{summed_to(program, g[0], x_sizes), summed_to(program, g[0], y_sizes)};
  });
  return result;
}

Tensor multiply_by_number(Program& program, const Tensor& x) {
  OpScope op(program, "aten::mul");
  Tensor result = elementwise_with_number(program, x);
  connect(program, "MulBackward1", {&x}, result,
          [&program](Tensors& g) { return Tensors{elementwise_with_number(program, g[0])}; });
  return result;
}

Tensor multiply_by_number_in_place(Program& program, const Tensor& x) {
  OpScope op(program, "aten::mul_");
  { const NumberAsTensor number(program, x.element_bytes); }
  Tensor result = detach(x);
  connect(program, "MulBackward0", {&x}, result,
          [&program](Tensors& g) { return Tensors{elementwise_with_number(program, g[0])}; });
  return result;
}

Tensor divide_by_number(Program& program, const Tensor& x) {
  OpScope op(program, "aten::div");
  Tensor result = elementwise_with_number(program, x);
  connect(program, "DivBackward1", {&x}, result,
          [&program](Tensors& g) { return Tensors{elementwise_with_number(program, g[0])}; });
  return result;
}

Tensor gelu(Program& program, const Tensor& x) {
  OpScope op(program, "aten::gelu");
  Tensor result = empty_like(program, x);
  connect(program, "GeluBackward0", {&x}, result,
          [&program, kept = detach(x)](Tensors&) { return Tensors{empty_like(program, kept)}; });
  return result;
}

Tensor relu(Program& program, const Tensor& x) {
  OpScope op(program, "aten::relu");
  Tensor result = empty_like(program, x);
  connect(program, "ReluBackward0", {&x}, result,
          [&program, kept = detach(result)](Tensors&) { return Tensors{empty_like(program, kept)}; });
  return result;
}

Tensor dropout(Program& program, const Tensor& x) {
  OpScope op(program, "aten::dropout");
  if (program.on_cuda()) {
    Tensor like_mask = detach(x);
    like_mask.element_bytes = kBoolBytes;
    const Tensor mask = empty_like(program, like_mask);
    Tensor result = empty_like(program, x);
    connect(program, "NativeDropoutBackward0", {&x}, result,
            [&program, mask](Tensors& g) { return Tensors{empty_like(program, g[0])}; });
    return result;
  }
  const Tensor noise = empty_like(program, x);  // bernoulli_ in x's precision: the CPU has no fused mask
  { const NumberAsTensor keep_share(program, x.element_bytes); }  // noise.div_(1 − p)
  Tensor result = empty_like(program, x);                         // x · noise
  connect(program, "MulBackward0", {&x}, result,                  // keeps the noise only: it needs no gradient itself
          [&program, noise](Tensors& g) { return Tensors{empty_like(program, g[0])}; });
  return result;
}

Tensor masked_fill(Program& program, const Tensor& x, const Tensor& mask) {
  OpScope op(program, "aten::masked_fill");
  Tensor result = empty(program, x.sizes, x.element_bytes);  // in the order of its dimensions, whatever x's is
  connect(program, "MaskedFillBackward0", {&x}, result,
          [&program, mask](Tensors& g) { return Tensors{empty_like(program, g[0])}; });
  return result;
}

Tensor softmax(Program& program, const Tensor& scores) {
  OpScope op(program, "aten::softmax");
  // Autocast wants fp32 on CUDA. The kernel reads fp16 and writes fp32; bf16 is cast first.
  const bool in_fp32 = program.on_cuda() && program.autocast() != nullptr;
  const bool casts = in_fp32 && program.machine().half == Half::bf16;
  const Tensor x = casts ? in_full(program, scores) : scores;
  Tensor result = empty(program, x.sizes, in_fp32 ? kFloatBytes : x.element_bytes);
  connect(program, "SoftmaxBackward0", {&x}, result,
          [&program, kept = detach(result), x_bytes = x.element_bytes](Tensors&) {
            Tensors gradients = {empty_like(program, kept, x_bytes)};
            if (program.on_cuda()) empty_like(program, kept);  // gradient · result
            return gradients;
          });
  return result;
}

Tensor layer_norm(Program& program, const Tensor& any_x, const Tensor& weight, const Tensor& bias) {
  OpScope op(program, "aten::layer_norm");
  // Autocast wants fp32 on CUDA. The CPU's kernel takes half precision beside fp32 weights.
  const Tensor x = program.on_cuda() ? in_full(program, any_x) : any_x;
  const std::int64_t hidden = x.size(-1);
  const std::int64_t rows = x.numel() / hidden;
  const std::int64_t statistic_bytes = program.on_cuda() ? kFloatBytes : weight.element_bytes;
  Tensor result = empty(program, x.sizes, x.element_bytes);
  const Tensor mean = empty(program, {rows}, statistic_bytes);
  const Tensor rstd = empty(program, {rows}, statistic_bytes);
  const bool needs_x = x.grad_fn != nullptr;
  const bool needs_weight = weight.grad_fn != nullptr;  // and bias
  connect(program, "NativeLayerNormBackward0", {&x, &weight, &bias}, result,
          [&program, needs_x, needs_weight, hidden, x_kept = detach(x), mean, rstd,
           weight_bytes = weight.element_bytes](Tensors&) {
            Tensors gradients(3);
            if (needs_x) gradients[0] = empty(program, x_kept.sizes, x_kept.element_bytes);
            if (!needs_weight) return gradients;
            gradients[1] = empty(program, {hidden}, weight_bytes);
            gradients[2] = empty(program, {hidden}, weight_bytes);
            if (!program.on_cuda()) empty(program, {2, program.threads(), hidden}, weight_bytes);  // partial sums
            return gradients;
          });
  return result;
}

}  // namespace profile_train::symbolic
