#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "profiler/memory_model/symbolic/program.h"

namespace profile_train::symbolic {

struct Node;
using Sizes = std::vector<std::int64_t>;

inline constexpr std::int64_t kFloatBytes = 4;
inline constexpr std::int64_t kHalfBytes = 2;  ///< fp16 and bf16
inline constexpr std::int64_t kInt64Bytes = 8;
inline constexpr std::int64_t kBoolBytes = 1;

/// A tensor without numbers: sizes, strides and the storage it shares with its views. A plain value, cheap to copy.
///
/// Strides are kept because they decide whether an operator can use its input as it lies or must copy it first.
struct Tensor {
  StoragePtr storage;  ///< empty: undefined
  Sizes sizes;
  Sizes strides;
  std::int64_t element_bytes = kFloatBytes;
  std::shared_ptr<Node> grad_fn;  ///< who gets its gradient; empty: needs none
  std::size_t output_index = 0;   ///< which output of grad_fn it is
  bool has_base = false;          ///< a view: LibTorch keeps the tensor it was made from alive beside it

  bool defined() const { return storage != nullptr; }
  std::int64_t dim() const { return static_cast<std::int64_t>(sizes.size()); }
  std::int64_t numel() const;
  Bytes bytes() const { return numel() * element_bytes; }
  std::int64_t size(std::int64_t dim) const;  ///< negative: from the end
  bool is_contiguous() const;
};

Sizes contiguous_strides(const Sizes& sizes);

/// New memory, contiguous.
Tensor empty(Program& program, Sizes sizes, std::int64_t element_bytes = kFloatBytes);
/// New memory with the order of strides of `like`, without its gaps (torch's MemoryFormat::Preserve).
Tensor empty_like(Program& program, const Tensor& like);
Tensor empty_like(Program& program, const Tensor& like, std::int64_t element_bytes);

/// The same tensor outside autograd: what an operator keeps for its backward.
Tensor detach(const Tensor& tensor);

/// Views without autograd. They share the storage.
Tensor transposed(const Tensor& tensor, std::int64_t dim0, std::int64_t dim1);
/// The strides that show `tensor` with other sizes without a copy; empty if there are none (at::detail::computeStride).
Sizes view_strides(const Tensor& tensor, const Sizes& sizes);
/// A view if the strides allow it, else a contiguous copy (torch's reshape).
Tensor reshaped(Program& program, const Tensor& tensor, const Sizes& sizes);

}  // namespace profile_train::symbolic
