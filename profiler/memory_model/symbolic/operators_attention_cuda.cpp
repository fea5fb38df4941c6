#include <algorithm>
#include <cmath>
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

/// What the backward of memory-efficient attention works on at once, and where it adds up gradients in fp32.
struct BackwardTile {
  std::int64_t rows = 64;
  std::int64_t columns = 64;
  /// The gradients of keys and values do not fit into registers: they are added up in memory, whose head is rounded up
  /// to that. 0: they fit.
  std::int64_t head_multiple = 0;
};

/// As LibTorch chooses among the kernels it has compiled; `draws`: with dropout. Tiles of 128 rows in fp32, and of 128
/// columns, need the shared memory of A100, Hopper and the data-centre Blackwell cards.
BackwardTile backward_tile(const Program& program, const Tensor& q, bool draws) {
  constexpr std::int64_t kNarrowHead = 64, kHeadOf96 = 96, kWideHead = 128;
  constexpr std::int64_t kAmpere = 80, kConsumerBlackwell = 120;
  const std::int64_t capability = program.machine().compute_capability, head_size = q.size(3);
  const bool much_shared_memory = capability == 0 || capability == 80 || (capability >= 90 && capability < 120);
  if (head_size <= kNarrowHead) return {};
  if (q.element_bytes != kHalfBytes) return {.rows = much_shared_memory ? 128 : 64};
  if (head_size > kWideHead) return {.rows = 128, .head_multiple = 128};
  if (much_shared_memory) return {.rows = 128, .columns = 128};
  const bool fits = capability < kAmpere || (capability < kConsumerBlackwell && head_size <= kHeadOf96 && !draws);
  return fits ? BackwardTile{.rows = 128} : BackwardTile{.head_multiple = 64};
}

/// Memory in which the kernel's blocks add up gradients. Of the queries: for each head and each tile of rows a tile of
/// floats for every so many columns, and a lock of 16 bytes. Of keys and values: all of them, in whole tiles.
Bytes accumulator_bytes(const Program& program, const Tensor& q, bool draws) {
  const BackwardTile tile = backward_tile(program, q, draws);
  const std::int64_t heads = q.size(0) * q.size(1), sequence = q.size(2), head_size = q.size(3);
  const std::int64_t tiles =
      rounded_up(sequence, tile.rows) / tile.rows * (rounded_up(head_size, tile.columns) / tile.columns);
  Bytes bytes = tiles * (16 + kFloatBytes * tile.rows * tile.columns);
  if (tile.head_multiple > 0)
    bytes += 2 * kFloatBytes * rounded_up(sequence, 64) * rounded_up(head_size, tile.head_multiple);
  return heads * bytes;
}

/// Row sums of gradient · result, (B, a, S) in fp32. In half precision the kernel itself computes them.
Tensor row_sums(Program& program, const Tensor& out) {
  if (out.element_bytes == kHalfBytes) return empty(program, {out.size(0), out.size(1), out.size(2)});
  const Tensor products = empty_like(program, out);
  const Tensor sums = empty(program, {out.size(0), out.size(2), out.size(1)});  // (B, S, a)
  const Tensor by_head = transposed(sums, 1, 2);
  return by_head.is_contiguous() ? by_head : empty(program, by_head.sizes);
}

/// The kernel reads 8 columns of a mask at once: where not every row begins at a multiple of that, a copy has longer
/// ones, of which the mask is a view. Strides are looked at even of dimensions with one row.
Tensor with_whole_rows(Program& program, const Tensor& mask) {
  constexpr std::int64_t kColumnsTogether = 8;
  const auto is_whole = [](std::int64_t stride) { return stride % kColumnsTogether == 0; };
  if (std::all_of(mask.strides.begin(), mask.strides.end() - 1, is_whole)) return mask;
  Sizes sizes = mask.sizes;
  sizes.back() += kColumnsTogether - sizes.back() % kColumnsTogether;
  Tensor longer = empty(program, std::move(sizes), mask.element_bytes);
  connect(program, "ConstantPadNdBackward0", {&mask}, longer,
          [&program, sizes = mask.sizes](Tensors& g) { return Tensors{empty(program, sizes, g[0].element_bytes)}; });
  Tensor result = detach(longer);
  result.sizes = mask.sizes;
  result.has_base = true;
  connect(program, "SliceBackward0", {&longer}, result,
          [&program, sizes = longer.sizes](Tensors& g) { return Tensors{empty(program, sizes, g[0].element_bytes)}; });
  return result;
}

/// The gradient of a mask, (B, a, S, S): a view of one whose rows have a multiple of 16 columns.
Tensor gradient_of_mask(Program& program, const Tensor& mask) {
  constexpr std::int64_t kColumnsTogether = 16;
  Sizes sizes = mask.sizes;
  sizes.back() = rounded_up(sizes.back(), kColumnsTogether);
  Tensor result = empty(program, std::move(sizes), mask.element_bytes);
  result.sizes = mask.sizes;
  result.has_base = true;
  return result;
}

/// Whether there will be a backward: two of the kernels make the sums of their rows for it only.
bool for_backward(const Program& program, const Tensor& q, const Tensor& k, const Tensor& v) {
  return program.makes_graph() && (q.grad_fn || k.grad_fn || v.grad_fn);
}

/// (B, a, S, d) whose heads have as many numbers as the flash kernel wants: zeros beyond the last one, in a copy.
Tensor with_longer_heads(Program& program, const Tensor& x, std::int64_t numbers) {
  Sizes sizes = x.sizes;
  sizes.back() = numbers;
  Tensor result = empty(program, std::move(sizes), x.element_bytes);
  connect(program, "ConstantPadNdBackward0", {&x}, result,
          [&program, sizes = x.sizes](Tensors& g) { return Tensors{empty(program, sizes, g[0].element_bytes)}; });
  return result;
}

/// A view of the first numbers of each head.
Tensor without_end_of_heads(Program& program, const Tensor& x, std::int64_t numbers) {
  Tensor result = detach(x);
  result.sizes.back() = numbers;
  result.has_base = true;
  connect(program, "SliceBackward0", {&x}, result,
          [&program, sizes = x.sizes](Tensors& g) { return Tensors{empty(program, sizes, g[0].element_bytes)}; });
  return result;
}

/// The kernel wants (B, S, a, d) without gaps; what has (B, a, S, d) so is copied.
Tensor copied_for_kernel(Program& program, const Tensor& x) {
  const Tensor as_kernel_wants = transposed(x, 1, 2);
  return as_kernel_wants.is_contiguous() ? as_kernel_wants : empty(program, as_kernel_wants.sizes, x.element_bytes);
}

/// Heads as wide as flash attention's kernels work on them.
std::int64_t kernel_head(std::int64_t numbers) {
  constexpr std::int64_t kWideHead = 128;
  return rounded_up(numbers, numbers > kWideHead ? 64 : 32);
}

/// Into how many parts flash attention splits the keys so that all multiprocessors have work: the least whose last
/// round of blocks is nearly as full as that of the best (num_splits_heuristic() of the kernel's sources).
std::int64_t key_splits(const Program& program, const Tensor& q, const Tensor& k, bool draws) {
  constexpr float kBusyEnough = 0.8F, kNearlyBest = 0.85F;
  constexpr std::int64_t kRowsOfBlock = 64, kMostSplits = 128;
  const std::int64_t head = q.size(3);
  const std::int64_t keys_of_block = head <= 64 ? 256 : head <= 128 ? 128 : 64;
  const auto parts = [](std::int64_t n, std::int64_t size) { return (n + size - 1) / size; };
  const std::int64_t places = 2 * program.machine().multiprocessors;
  const std::int64_t blocks = q.size(0) * q.size(1) * parts(q.size(2), kRowsOfBlock);
  const std::int64_t key_blocks = parts(k.size(2), keys_of_block);
  if (draws || places == 0 || static_cast<float>(blocks) >= kBusyEnough * static_cast<float>(places)) return 1;
  // A split more that leaves as many blocks of keys to the largest part is none.
  const auto counts = [&](std::int64_t n) { return n == 1 || parts(key_blocks, n) != parts(key_blocks, n - 1); };
  const auto fullness = [&](std::int64_t n) {
    const float rounds = static_cast<float>(blocks * n) / static_cast<float>(places);
    return rounds / std::ceil(rounds);
  };
  const std::int64_t most = std::min({kMostSplits, places, key_blocks});
  float best = 0.0F;
  for (std::int64_t n = 1; n <= most; ++n)
    if (counts(n)) best = std::max(best, fullness(n));
  for (std::int64_t n = 1; n <= most; ++n)
    if (counts(n) && fullness(n) >= kNearlyBest * best) return n;
  return 1;
}

}  // namespace

Tensor efficient_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, bool draws,
                           Tensor mask) {
  constexpr std::int64_t kRowsTogether = 32;
  if (mask.defined())
    mask = expand(program, with_whole_rows(program, mask), {q.size(0), q.size(1), q.size(2), k.size(2)});
  const bool learns_mask = mask.grad_fn != nullptr;
  Tensor result = empty_head_inside(program, q);
  const std::int64_t rows = for_backward(program, q, k, v) ? rounded_up(q.size(2), kRowsTogether) : 0;
  const Tensor log_sum_exp = empty(program, {q.size(0), q.size(1), rows});
  connect(program, "ScaledDotProductEfficientAttentionBackward0", {&q, &k, &v, &mask}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp,
           mask = detach(mask), learns_mask, draws](Tensors&) {
            Tensors gradients(4);
            for (std::size_t i = 0; i < 3; ++i) gradients[i] = empty_head_inside(program, q);
            if (learns_mask) gradients[3] = gradient_of_mask(program, mask);
            Tensor sums = row_sums(program, out);
            const StoragePtr accumulators = program.allocate(accumulator_bytes(program, q, draws));
            sums = Tensor{};
            return gradients;
          });
  return result;
}

Tensor flash_attention_of_cuda(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, bool draws) {
  constexpr std::int64_t kNumbersTogether = 8;
  const std::int64_t numbers = q.size(3);
  if (numbers % kNumbersTogether != 0) {
    const std::int64_t more = rounded_up(numbers, kNumbersTogether);
    const Tensor longer_q = with_longer_heads(program, q, more);
    const Tensor longer_k = with_longer_heads(program, k, more);
    const Tensor longer_v = with_longer_heads(program, v, more);
    return without_end_of_heads(program, flash_attention_of_cuda(program, longer_q, longer_k, longer_v, draws),
                                numbers);
  }
  Tensor result = empty_like(program, q);
  const Tensor log_sum_exp = empty(program, {q.size(0), q.size(1), q.size(2)});
  Tensor sums_of_splits, results_of_splits;  // until they are put together
  if (const std::int64_t splits = key_splits(program, q, k, draws); splits > 1) {
    sums_of_splits = empty(program, {splits, q.size(0), q.size(1), q.size(2)});
    results_of_splits = empty(program, {splits, q.size(0), q.size(1), q.size(2), kernel_head(numbers)});
  }
  const Tensor random_state = empty(program, {2}, kInt64Bytes);
  const Tensor unused = empty(program, {}, kInt64Bytes);
  connect(program, "ScaledDotProductFlashAttentionBackward0", {&q, &k, &v}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp, random_state,
           unused](Tensors& g) {
            constexpr std::int64_t kRowsTogether = 128;
            const Tensor gradient_of_result = copied_for_kernel(program, g[0]);
            const Tensor result_again = copied_for_kernel(program, out);
            Tensors gradients(3);
            for (Tensor& gradient : gradients) gradient = empty_like(program, q);
            const std::int64_t rows = rounded_up(q.size(2), kRowsTogether);
            const std::int64_t columns = kernel_head(q.size(3));
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
