#include <utility>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

/// Backward of every view that keeps the order of elements: the gradient with the sizes of the input.
Node::Backward reshape_to(Program& program, const Sizes& sizes) {
  return [&program, sizes](std::vector<Tensor>& g) { return std::vector<Tensor>{reshaped(program, g[0], sizes)}; };
}

Tensor clone_contiguous(Program& program, const Tensor& x) {
  Tensor result = empty(program, x.sizes, x.element_bytes);
  connect(program, "CloneBackward0", {&x}, result, [](std::vector<Tensor>& g) { return std::vector<Tensor>{g[0]}; });
  return result;
}

}  // namespace

Tensor view(Program& program, const Tensor& x, Sizes sizes) {
  Tensor result = detach(x);
  result.strides = view_strides(x, sizes);
  result.sizes = std::move(sizes);
  connect(program, "ViewBackward0", {&x}, result, reshape_to(program, x.sizes));
  return result;
}

Tensor transpose(Program& program, const Tensor& x, std::int64_t dim0, std::int64_t dim1) {
  Tensor result = transposed(x, dim0, dim1);
  connect(program, "TransposeBackward0", {&x}, result,
          [dim0, dim1](std::vector<Tensor>& g) { return std::vector<Tensor>{transposed(g[0], dim0, dim1)}; });
  return result;
}

std::vector<Tensor> split(Program& program, const Tensor& x, std::int64_t size, std::int64_t dim) {
  const auto at = static_cast<std::size_t>(dim);
  const auto parts = static_cast<std::size_t>(x.sizes[at] / size);
  Tensor part = detach(x);
  part.sizes[at] = size;
  connect(program, "SplitBackward0", {&x}, part, [&program, sizes = x.sizes](std::vector<Tensor>& g) {
    return std::vector<Tensor>{empty(program, sizes, g[0].element_bytes)};  // cat
  });
  if (part.grad_fn) part.grad_fn->outputs = parts;
  std::vector<Tensor> result(parts, part);
  for (std::size_t i = 0; i < parts; ++i) result[i].output_index = i;
  return result;
}

Tensor unsqueeze(Program& program, const Tensor& x, std::int64_t dim) {
  Tensor result = detach(x);
  const std::int64_t stride = dim < x.dim() ? x.size(dim) * x.strides[static_cast<std::size_t>(dim)] : 1;
  result.sizes.insert(result.sizes.begin() + dim, 1);
  result.strides.insert(result.strides.begin() + dim, stride);
  connect(program, "UnsqueezeBackward0", {&x}, result, reshape_to(program, x.sizes));
  return result;
}

Tensor expand(Program& program, const Tensor& x, const Sizes& sizes) {
  Tensor result = detach(x);
  for (std::size_t d = 0; d < sizes.size(); ++d)
    if (x.sizes[d] != sizes[d]) result.strides[d] = 0;
  result.sizes = sizes;
  connect(program, "ExpandBackward0", {&x}, result, [&program, sizes = x.sizes](std::vector<Tensor>& g) {
    if (g[0].sizes == sizes) return std::vector<Tensor>{g[0]};
    return std::vector<Tensor>{empty(program, sizes, g[0].element_bytes)};  // sum
  });
  return result;
}

Tensor cat(Program& program, const std::vector<Tensor>& parts, std::int64_t dim) {
  OpScope op(program, "aten::cat");
  const auto at = static_cast<std::size_t>(dim);
  Sizes sizes = parts[0].sizes;
  std::vector<const Tensor*> inputs;
  std::vector<std::int64_t> widths;
  sizes[at] = 0;
  for (const Tensor& part : parts) {
    inputs.push_back(&part);
    widths.push_back(part.sizes[at]);
    sizes[at] += widths.back();
  }
  Tensor result = empty(program, std::move(sizes), parts[0].element_bytes);
  connect(program, "CatBackward0", inputs, result, [widths, at](std::vector<Tensor>& g) {
    std::vector<Tensor> gradients;
    for (const std::int64_t width : widths) {
      gradients.push_back(detach(g[0]));  // a view
      gradients.back().sizes[at] = width;
      gradients.back().has_base = true;
    }
    return gradients;
  });
  return result;
}

Tensor reshape(Program& program, const Tensor& x, const Sizes& sizes) {
  if (view_strides(x, sizes).size() == sizes.size()) return view(program, x, sizes);
  OpScope op(program, "aten::reshape");
  const Tensor copy = clone_contiguous(program, x);
  Tensor result = detach(copy);
  result.sizes = sizes;
  result.strides = contiguous_strides(sizes);
  connect(program, "UnsafeViewBackward0", {&copy}, result, reshape_to(program, x.sizes));
  return result;
}

Tensor contiguous(Program& program, const Tensor& x) {
  if (x.is_contiguous()) return x;
  OpScope op(program, "aten::contiguous");
  return clone_contiguous(program, x);
}

}  // namespace profile_train::symbolic
