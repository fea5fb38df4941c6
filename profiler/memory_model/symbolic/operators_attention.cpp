#include <algorithm>
#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// Rows of queries and of keys that the CPU's flash kernel works on at once.
struct Tile {
  explicit Tile(std::int64_t sequence)
      : queries(std::min(sequence, sequence >= 768   ? std::int64_t{256}
                                   : sequence >= 192 ? std::int64_t{64}
                                                     : std::int64_t{32})),
        keys(std::min(sequence, std::int64_t{512})) {}
  std::int64_t queries;
  std::int64_t keys;
};

/// (B, a, S, d) in the memory order (B, S, a, d), as the flash kernel makes its results.
Tensor empty_head_inside(Program& program, const Tensor& like) {
  return transposed(empty(program, {like.sizes[0], like.sizes[2], like.sizes[1], like.sizes[3]}, like.element_bytes), 1,
                    2);
}

/// where(shown, 0, −∞): what a boolean mask is before it goes to a kernel, in the precision of the queries.
Tensor to_be_added(Program& program, const Tensor& shown, std::int64_t element_bytes) {
  const StoragePtr minus_infinity = program.allocate(element_bytes);
  const StoragePtr zero = program.allocate(element_bytes);
  return empty(program, shown.sizes, element_bytes);
}

/// _scaled_dot_product_flash_attention_for_cpu: keeps its inputs, its result and one number a row of scores.
Tensor flash_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  const std::int64_t batch = q.size(0), heads = q.size(1), sequence = q.size(2), head_size = q.size(3);
  const Tile tile(sequence);
  const bool half = q.element_bytes == kHalfBytes;
  Tensor result = empty_head_inside(program, q);
  const Tensor log_sum_exp = empty(program, {batch, sequence, heads});
  {
    const std::int64_t scores_sums_result = tile.queries * (tile.keys + 2 + head_size);
    const Tensor per_thread = empty(program, {program.threads(), scores_sums_result});
    Tensor scores_in_half;  // for the product with v
    if (half) scores_in_half = empty(program, {program.threads(), tile.queries, tile.keys}, kHalfBytes);
  }
  connect(program, "ScaledDotProductFlashAttentionForCpuBackward0", {&q, &k, &v}, result,
          [&program, q = detach(q), k = detach(k), v = detach(v), out = detach(result), log_sum_exp, tile, half,
           mask](Tensors&) {
            Tensors gradients(3);
            for (Tensor& gradient : gradients) gradient = empty_head_inside(program, q);
            const std::int64_t two_tiles = 2 * tile.queries * tile.keys;
            const Tensor scores = empty(program, {program.threads(), two_tiles});
            Tensor scores_in_half;
            if (half) scores_in_half = empty(program, {program.threads(), two_tiles}, kHalfBytes);
            // One for each thread that works, taken to be there all at once; whether they are is a matter of timing.
            std::vector<Tensor> row_sums = {empty(program, {tile.queries})};
            const WorkerThreadScope worker(program, "aten::empty");
            while (std::ssize(row_sums) < std::min(program.threads(), q.size(0) * q.size(1)))
              row_sums.push_back(empty(program, {tile.queries}));
            return gradients;
          });
  return result;
}

/// _safe_softmax: a row without any score would give zeros instead of NaN; finding such rows costs temporaries.
Tensor safe_softmax(Program& program, const Tensor& scores) {
  Tensor result = empty(program, scores.sizes);
  {
    const Tensor is_minus_infinity = empty(program, scores.sizes, kBoolBytes);
    const Tensor all_of_row = empty(program, {scores.numel() / scores.size(-1)}, kBoolBytes);
    const StoragePtr zero = program.allocate(kFloatBytes);
  }
  connect(program, "SafeSoftmaxBackward0", {&scores}, result, [&program, kept = detach(result)](Tensors&) {
    Tensors gradients = {empty_like(program, kept)};
    if (program.on_cuda()) empty_like(program, kept);  // gradient · result
    return gradients;
  });
  return result;
}

/// 0 where a position may be seen, −∞ where it may not: as attention made from parts wants the word "causal".
Tensor causal_mask_to_add(Program& program, std::int64_t sequence) {
  Tensor keep;
  {
    const Tensor ones = empty(program, {sequence, sequence}, kBoolBytes);
    keep = empty(program, {sequence, sequence}, kBoolBytes);
  }
  return to_be_added(program, keep, kFloatBytes);
}

/// scores += mask. The CPU casts a mask of lower precision first; CUDA's kernel casts as it reads.
void add_in_place(Program& program, Tensor& scores, const Tensor& mask) {
  if (!mask.defined()) return;
  if (!program.on_cuda()) cast(program, detach(mask), scores.element_bytes);
  const Tensor before = scores;
  connect(program, "AddBackward0", {&before, &mask}, scores, [learned = mask.grad_fn != nullptr](Tensors& g) {
    return Tensors{g[0], learned ? g[0] : Tensor{}};
  });
}

/// _scaled_dot_product_attention_math: the only path on the CPU that knows dropout. In fp32 whatever comes in.
Tensor attention_from_parts(Program& program, const Tensor& any_q, const Tensor& any_k, const Tensor& any_v,
                            double dropout_p, const AttentionMask& hidden) {
  const Tensor v = cast(program, any_v, kFloatBytes);
  const Tensor k = cast(program, any_k, kFloatBytes);
  const Tensor q = cast(program, any_q, kFloatBytes);
  const Tensor q_scaled = multiply_by_number(program, q);
  const Tensor mask = hidden.causal ? causal_mask_to_add(program, q.size(2)) : hidden.added;
  Tensor scores = matmul_batched(program, q_scaled, multiply_by_number(program, transpose(program, k, -2, -1)));
  add_in_place(program, scores, mask);
  Tensor shares = safe_softmax(program, scores);
  scores = Tensor{};
  if (dropout_p > 0.0) shares = dropout(program, shares);
  const Tensor shares_returned = cast(program, shares, any_q.element_bytes);
  return cast(program, matmul_batched(program, shares, v), any_q.element_bytes);
}

}  // namespace

Tensor causal_mask(Program& program, std::int64_t sequence) {
  Tensor ones;
  {
    OpScope op(program, "aten::ones");
    ones = empty(program, {sequence, sequence}, kBoolBytes);
  }
  OpScope op(program, "aten::triu");
  return empty(program, {sequence, sequence}, kBoolBytes);
}

Tensor causal_mask_of_padded(Program& program, AttentionKind kind, const Tensor& positions, const Tensor& lengths) {
  const std::int64_t sequence = positions.size(0), batch = lengths.size(0);
  const bool hides = kind == AttentionKind::materialised;
  const auto compared = [&](const char* name, Sizes sizes) {
    OpScope op(program, name);
    return empty(program, std::move(sizes), kBoolBytes);
  };
  const Tensor by_row = compared(hides ? "aten::gt" : "aten::le", {sequence, sequence});
  const Tensor by_length = compared(hides ? "aten::ge" : "aten::lt", {batch, 1, 1, sequence});
  return compared(hides ? "aten::logical_or" : "aten::logical_and", {batch, 1, sequence, sequence});
}

Tensor padding_mask(Program& program, AttentionKind kind, const Tensor& positions, const Tensor& lengths) {
  OpScope op(program, kind == AttentionKind::materialised ? "aten::ge" : "aten::lt");
  return empty(program, {lengths.size(0), 1, 1, positions.size(0)}, kBoolBytes);
}

Tensor scaled_dot_product_attention(Program& program, AttentionPath path, const Tensor& full_q, const Tensor& full_k,
                                    const Tensor& full_v, double dropout, const AttentionMask& any_mask) {
  OpScope op(program, "aten::scaled_dot_product_attention");
  AttentionMask mask = any_mask;
  if (mask.added.defined()) mask.added = for_product(program, mask.added);
  const Tensor v = for_product(program, full_v);
  const Tensor k = for_product(program, full_k);
  const Tensor q = for_product(program, full_q);
  const WithoutAutocast inside(program);
  if (mask.added.defined() && mask.added.element_bytes == kBoolBytes)
    mask.added = to_be_added(program, mask.added, q.element_bytes);
  switch (path) {
    case AttentionPath::efficient: return efficient_attention(program, q, k, v, dropout > 0.0, std::move(mask.added));
    case AttentionPath::flash: return flash_attention_of_cuda(program, q, k, v, dropout > 0.0);
    case AttentionPath::cudnn: return cudnn_attention(program, q, k, v, mask.added);
    case AttentionPath::flash_cpu: return flash_attention(program, q, k, v, mask.added);
    case AttentionPath::materialised:
    case AttentionPath::parts: break;
  }
  return attention_from_parts(program, q, k, v, dropout, mask);
}

}  // namespace profile_train::symbolic
