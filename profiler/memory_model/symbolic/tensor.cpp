#include "profiler/memory_model/symbolic/tensor.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace profile_train::symbolic {

std::int64_t Tensor::numel() const {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t Tensor::size(std::int64_t d) const { return sizes[static_cast<std::size_t>(d < 0 ? d + dim() : d)]; }

bool Tensor::is_contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] == 1) continue;
    if (strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

Sizes contiguous_strides(const Sizes& sizes) {
  Sizes strides(sizes.size());
  std::int64_t stride = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= std::max<std::int64_t>(sizes[d], 1);
  }
  return strides;
}

Tensor empty(Program& program, Sizes sizes, std::int64_t element_bytes) {
  Tensor tensor;
  tensor.strides = contiguous_strides(sizes);
  tensor.sizes = std::move(sizes);
  tensor.element_bytes = element_bytes;
  tensor.storage = program.allocate(tensor.bytes(), tensor.sizes, element_bytes);
  return tensor;
}

namespace {

/// Dimensions from the one with the smallest stride on, as TensorIterator sorts them: one with a stride of 0, which
/// repeats what is there, stays where it is (at::infer_dense_strides).
std::vector<std::size_t> inner_first(const Tensor& tensor) {
  const auto order = [&](std::size_t a, std::size_t b) -> int {
    const std::int64_t stride_a = tensor.strides[a], stride_b = tensor.strides[b];
    if (stride_a == 0 || stride_b == 0) return 0;
    if (stride_a != stride_b) return stride_a < stride_b ? -1 : 1;
    return tensor.sizes[a] > tensor.sizes[b] ? 1 : 0;
  };
  std::vector<std::size_t> dims(tensor.sizes.size());
  std::iota(dims.rbegin(), dims.rend(), std::size_t{0});
  for (std::size_t i = 1; i < dims.size(); ++i) {
    std::size_t moved = i;
    for (std::size_t j = i; j-- > 0;) {
      const int compared = order(dims[j], dims[moved]);
      if (compared < 0) break;
      if (compared == 0) continue;
      std::swap(dims[j], dims[moved]);
      moved = j;
    }
  }
  return dims;
}

}  // namespace

Tensor empty_like(Program& program, const Tensor& like) { return empty_like(program, like, like.element_bytes); }

Tensor empty_like(Program& program, const Tensor& like, std::int64_t element_bytes) {
  Tensor tensor = empty(program, like.sizes, element_bytes);
  std::int64_t stride = 1;
  for (const std::size_t d : inner_first(like)) {
    tensor.strides[d] = stride;
    stride *= std::max<std::int64_t>(like.sizes[d], 1);
  }
  // Without gaps strides are taken over as they are, even those that mean nothing.
  bool has_gaps = false;
  for (std::size_t d = 0; d < like.sizes.size(); ++d)
    has_gaps = has_gaps || (like.sizes[d] != 1 && like.strides[d] != tensor.strides[d]);
  if (!has_gaps) tensor.strides = like.strides;
  return tensor;
}

Tensor detach(const Tensor& tensor) {
  Tensor result = tensor;
  result.grad_fn = nullptr;
  result.output_index = 0;
  return result;
}

Tensor transposed(const Tensor& tensor, std::int64_t dim0, std::int64_t dim1) {
  Tensor result = detach(tensor);
  result.has_base = true;
  const auto at = [&](std::int64_t d) { return static_cast<std::size_t>(d < 0 ? d + tensor.dim() : d); };
  std::swap(result.sizes[at(dim0)], result.sizes[at(dim1)]);
  std::swap(result.strides[at(dim0)], result.strides[at(dim1)]);
  return result;
}

Sizes view_strides(const Tensor& tensor, const Sizes& sizes) {
  // Walk both shapes from the last dimension: each run of old dimensions that lies without gaps must be divided up
  // exactly by new ones.
  Sizes strides(sizes.size());
  auto view_d = static_cast<std::int64_t>(sizes.size()) - 1;
  std::int64_t chunk_base_stride = tensor.strides.empty() ? 1 : tensor.strides.back();
  std::int64_t tensor_numel = 1;
  std::int64_t view_numel = 1;
  for (std::int64_t d = tensor.dim() - 1; d >= 0; --d) {
    const auto at = static_cast<std::size_t>(d);
    tensor_numel *= tensor.sizes[at];
    const bool chunk_ends =
        d == 0 || (tensor.sizes[at - 1] != 1 && tensor.strides[at - 1] != tensor_numel * chunk_base_stride);
    if (!chunk_ends) continue;
    while (view_d >= 0 && (view_numel < tensor_numel || sizes[static_cast<std::size_t>(view_d)] == 1)) {
      strides[static_cast<std::size_t>(view_d)] = view_numel * chunk_base_stride;
      view_numel *= sizes[static_cast<std::size_t>(view_d)];
      --view_d;
    }
    if (view_numel != tensor_numel) return {};
    if (d > 0) {
      chunk_base_stride = tensor.strides[at - 1];
      tensor_numel = 1;
      view_numel = 1;
    }
  }
  return view_d == -1 ? strides : Sizes{};
}

Tensor reshaped(Program& program, const Tensor& tensor, const Sizes& sizes) {
  Tensor result = detach(tensor);
  result.strides = view_strides(tensor, sizes);
  result.sizes = sizes;
  result.has_base = true;
  if (result.strides.size() == sizes.size()) return result;
  return empty(program, sizes, tensor.element_bytes);
}

}  // namespace profile_train::symbolic
