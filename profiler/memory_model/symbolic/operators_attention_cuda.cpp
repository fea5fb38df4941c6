#include <utility>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

std::int64_t rounded_up(std::int64_t n, std::int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// (B, a, S, d) in the memory order (B, S, a, d), as the kernel makes its results.
Tensor empty_head_inside(Program& program, const Tensor& like) {
  return transposed(empty(program, {like.sizes[0], like.sizes[2], like.sizes[1], like.sizes[3]}, like.element_bytes), 1,
                    2);
}

/// Memory in which the kernel's blocks add up the gradient of the queries: for each head and each tile of rows, a tile
/// of floats for every 64 columns, and a lock of 16 bytes.
///
/// Tiles of 128 rows need the shared memory of A100, Hopper and the data-centre Blackwell cards.
Bytes accumulator_bytes(const Program& program, const Sizes& sizes) {
  const std::int64_t head_size = sizes[3];
  const std::int64_t capability = program.machine().compute_capability;
  const bool much_shared_memory = capability == 0 || capability == 80 || (capability >= 90 && capability < 120);
  const std::int64_t tile_rows = head_size <= 64 || !much_shared_memory ? 64 : 128;
  constexpr std::int64_t kTileColumns = 64;
  const std::int64_t tiles =
      rounded_up(sizes[2], tile_rows) / tile_rows * (rounded_up(head_size, kTileColumns) / kTileColumns);
  return sizes[0] * sizes[1] * tiles * (16 + kFloatBytes * tile_rows * kTileColumns);
}

/// Row sums of gradient · result, (B, a, S) in fp32. In half precision the kernel itself computes them.
Tensor row_sums(Program& program, const Tensor& out) {
  if (out.element_bytes == kHalfBytes) return empty(program, {out.size(0), out.size(1), out.size(2)});
  const Tensor products = empty_like(program, out);
  const Tensor sums = empty(program, {out.size(0), out.size(2), out.size(1)});  // (B, S, a)
  const Tensor by_head = transposed(sums, 1, 2);
  return by_head.is_contiguous() ? by_head : empty(program, by_head.sizes);
}

/// The kernel reads 8 columns of a mask at once: rows are lengthened to that.
Tensor with_whole_rows(Program& program, const Tensor& mask) {
  constexpr std::int64_t kColumnsTogether = 8;
  const std::int64_t columns = mask.size(-1);
  if (columns % kColumnsTogether == 0) return mask;
  Sizes sizes = mask.sizes;
  sizes.back() = rounded_up(columns, kColumnsTogether);
  return empty(program, std::move(sizes), mask.element_bytes);
}

/// Whether there will be a backward: two of the kernels make the sums of their rows for it only.
bool for_backward(const Program& program, const Tensor& q, const Tensor& k, const Tensor& v) {
  return program.makes_graph() && (q.grad_fn || k.grad_fn || v.grad_fn);
}

}  // namespace

Tensor efficient_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, Tensor mask) {
  constexpr std::int64_t kRowsTogether = 32;
  if (mask.defined()) mask = with_whole_rows(program, mask);
  Tensor result = empty_head_inside(program, q);
  const std::int64_t rows = for_backward(program, q, k, v) ? rounded_up(q.size(2), kRowsTogether) : 0;
  const Tensor log_sum_exp = empty(program, {q.size(0), q.size(1), rows});
  connect(program, "ScaledDotProductEfficientAttentionBackward0", {&q, &k, &v}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp, mask](Tensors&) {
            Tensors gradients(3);
            for (Tensor& gradient : gradients) gradient = empty_head_inside(program, q);
            Tensor sums = row_sums(program, out);
            const StoragePtr accumulators = program.allocate(accumulator_bytes(program, q.sizes));
            sums = Tensor{};
            return gradients;
          });
  return result;
}

Tensor flash_attention_of_cuda(Program& program, const Tensor& q, const Tensor& k, const Tensor& v) {
  Tensor result = empty_head_inside(program, q);
  const Tensor log_sum_exp = empty(program, {q.size(0), q.size(1), q.size(2)});
  const Tensor random_state = empty(program, {2}, kInt64Bytes);
  const Tensor unused = empty(program, {}, kInt64Bytes);
  connect(program, "ScaledDotProductFlashAttentionBackward0", {&q, &k, &v}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp, random_state,
           unused](Tensors&) {
            constexpr std::int64_t kRowsTogether = 128, kColumnsTogether = 32, kWideHead = 192, kWidestHead = 256;
            Tensors gradients(3);
            for (Tensor& gradient : gradients) gradient = empty_head_inside(program, q);
            const std::int64_t rows = rounded_up(q.size(2), kRowsTogether);
            const std::int64_t columns = q.size(3) > kWideHead ? kWidestHead : rounded_up(q.size(3), kColumnsTogether);
            const Tensor sums = empty(program, {q.size(0), q.size(1), rows});
            const Tensor query_gradient_in_fp32 = empty(program, {q.size(0), rows, q.size(1), columns});
            return gradients;
          });
  return result;
}

/// What cuDNN itself works in is not known: it asks for it through LibTorch, in backward.
Tensor cudnn_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  const Tensor seed = empty(program, {}, kInt64Bytes);
  const Tensor offset = empty(program, {}, kInt64Bytes);
  Tensor result = empty_head_inside(program, q);
  const std::int64_t rows = for_backward(program, q, k, v) ? q.size(2) : 0;
  const Tensor log_sum_exp = empty(program, {q.size(0), q.size(1), rows, 1});
  connect(program, "ScaledDotProductCudnnAttentionBackward0", {&q, &k, &v}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp, seed, offset,
           mask](Tensors&) {
            Tensors gradients(3);
            for (Tensor& gradient : gradients) gradient = empty_head_inside(program, q);
            return gradients;
          });
  return result;
}

}  // namespace profile_train::symbolic
