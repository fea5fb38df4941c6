#include <algorithm>
#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

bool needs_gradient(const Tensor& x) { return x.grad_fn != nullptr; }

/// What a node keeps of one factor: the factor, if the other one needs a gradient, else its sizes only.
Tensor kept_if(bool other_needs_gradient, const Tensor& factor) {
  Tensor kept = detach(factor);
  if (!other_needs_gradient) kept.storage = nullptr;
  return kept;
}

/// x · y as at::mm does it. BLAS takes a matrix as it lies or transposed; its result is row-major.
Tensor product(Program& program, const Tensor& x, const Tensor& y) {
  Tensor result = empty(program, {x.size(0), y.size(1)}, x.element_bytes);
  program.call_cublas();
  return result;
}

/// Gradient of the second factor, laid out as that factor is: at::mm_mat2_backward.
Tensor second_factor_gradient(Program& program, const Tensor& gradient, const Tensor& x, const Tensor& weight) {
  const bool column_major = weight.strides[0] == 1 && weight.strides[1] == weight.sizes[0];
  if (column_major) return transposed(product(program, transposed(gradient, 0, 1), x), 0, 1);
  return product(program, transposed(x, 0, 1), gradient);
}

Tensor batched_product(Program& program, const Tensor& x, const Tensor& y) {
  Tensor result = empty(program, {x.size(0), x.size(1), y.size(2)}, x.element_bytes);
  program.call_cublas();
  return result;
}

Tensor bmm(Program& program, const Tensor& x, const Tensor& y) {
  OpScope op(program, "aten::bmm");
  Tensor result = batched_product(program, x, y);
  connect(program, "BmmBackward0", {&x, &y}, result, [&program, x = detach(x), y = detach(y)](Tensors& g) {
    Tensors gradients(2);
    gradients[1] = batched_product(program, transposed(x, 1, 2), g[0]);
    gradients[0] = batched_product(program, g[0], transposed(y, 1, 2));
    return gradients;
  });
  return result;
}

}  // namespace

Tensor addmm(Program& program, const Tensor& full_bias, const Tensor& full_x, const Tensor& full_weight) {
  OpScope op(program, "aten::addmm");
  const Tensor weight = for_product(program, full_weight);
  const Tensor x = for_product(program, full_x);
  const Tensor bias = for_product(program, full_bias);
  const bool of_each_row = bias.dim() == 1;
  Tensor result = empty(program, {x.size(0), weight.size(1)}, x.element_bytes);
  if (of_each_row)
    program.call_cublaslt();  // adds the bias as it goes
  else
    program.call_cublas();
  const bool needs_x = needs_gradient(x), needs_weight = needs_gradient(weight), needs_bias = needs_gradient(bias);
  connect(program, "AddmmBackward0", {&bias, &x, &weight}, result,
          [&program, needs_x, needs_weight, needs_bias, of_each_row, x = kept_if(needs_weight, x),
           weight = kept_if(needs_x, weight), columns = weight.size(1)](Tensors& g) {
            Tensors gradients(3);
            if (needs_x) gradients[1] = product(program, g[0], transposed(weight, 0, 1));
            if (needs_weight) gradients[2] = second_factor_gradient(program, g[0], x, weight);
            if (needs_bias)
              gradients[0] = of_each_row ? empty(program, {columns}, g[0].element_bytes)  // sum over the rows
                                         : g[0];
            return gradients;
          });
  return result;
}

Tensor mm(Program& program, const Tensor& full_x, const Tensor& full_weight) {
  OpScope op(program, "aten::mm");
  const Tensor weight = for_product(program, full_weight);
  const Tensor x = for_product(program, full_x);
  Tensor result = product(program, x, weight);
  const bool needs_x = needs_gradient(x), needs_weight = needs_gradient(weight);
  connect(
      program, "MmBackward0", {&x, &weight}, result,
      [&program, needs_x, needs_weight, x = kept_if(needs_weight, x), weight = kept_if(needs_x, weight)](Tensors& g) {
        Tensors gradients(2);
        if (needs_weight) gradients[1] = second_factor_gradient(program, g[0], x, weight);
        if (needs_x) gradients[0] = product(program, g[0], transposed(weight, 0, 1));
        return gradients;
      });
  return result;
}

Tensor matmul_batched(Program& program, const Tensor& full_x, const Tensor& full_y) {
  OpScope op(program, "aten::matmul");
  const Tensor y = for_product(program, full_y);
  const Tensor x = for_product(program, full_x);
  const std::int64_t batches = x.size(0) * x.size(1);
  const Tensor x3 = reshape(program, x, {batches, x.size(2), x.size(3)});
  const Tensor y3 = reshape(program, y, {batches, y.size(2), y.size(3)});
  return view(program, bmm(program, x3, y3), {x.size(0), x.size(1), x.size(2), y.size(3)});
}

Tensor linear_without_bias(Program& program, const Tensor& full_x, const Tensor& full_weight) {
  OpScope op(program, "aten::linear");
  const Tensor weight = for_product(program, full_weight);
  const Tensor x = for_product(program, full_x);
  const std::int64_t rows = x.numel() / x.size(-1);
  const Tensor weight_t = transpose(program, weight, 0, 1);
  const Tensor result = mm(program, view(program, x, {rows, x.size(-1)}), weight_t);
  Sizes sizes = x.sizes;
  sizes.back() = weight.size(0);
  return view(program, result, std::move(sizes));
}

Tensor linear(Program& program, const Tensor& full_x, const Tensor& full_weight, const Tensor& full_bias) {
  OpScope op(program, "aten::linear");
  const Tensor bias = for_product(program, full_bias);
  const Tensor weight = for_product(program, full_weight);
  const Tensor x = for_product(program, full_x);
  const Tensor rows = view(program, x, {x.numel() / x.size(-1), x.size(-1)});
  Sizes sizes = x.sizes;
  sizes.back() = weight.size(0);
  return view(program, addmm(program, bias, rows, transpose(program, weight, 0, 1)), std::move(sizes));
}

Tensor embedding(Program& program, const Tensor& weight, const Tensor& indices) {
  OpScope op(program, "aten::embedding");
  Sizes sizes = indices.sizes;
  sizes.push_back(weight.size(1));
  Tensor result = empty(program, std::move(sizes), weight.element_bytes);
  connect(program, "EmbeddingBackward0", {&weight}, result, [&program, indices, table = weight.sizes](Tensors& g) {
    return Tensors{empty(program, table, g[0].element_bytes)};
  });
  return result;
}

}  // namespace profile_train::symbolic
