#include "profiler/memory_model/symbolic/chunked_loss.h"

#include <algorithm>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// A new tensor of one operator; inside a backward node the node is the operator that counts.
Tensor made_by(Program& program, const char* name, Sizes sizes, std::int64_t element_bytes = kFloatBytes) {
  OpScope op(program, name);
  return empty(program, std::move(sizes), element_bytes);
}

/// Some rows of a matrix, in the type that is multiplied: a view, or a cast.
Tensor rows_for_product(Program& program, const Tensor& rows, std::int64_t count, std::int64_t product_bytes) {
  Tensor chunk = rows;
  chunk.sizes[0] = count;
  return cast(program, chunk, product_bytes);
}

Tensor logits_of_chunk(Program& program, const Tensor& rows, const Tensor& head) {
  Tensor logits = made_by(program, "aten::mm", {rows.size(0), head.size(0)}, head.element_bytes);
  program.call_cublas();
  return logits;
}

/// softmax(logits, fp32). CUDA's kernel reads fp16 and writes fp32; everything else is cast first.
Tensor softmax_in_full(Program& program, const Tensor& logits) {
  OpScope op(program, "aten::softmax");
  const bool reads_half = program.on_cuda() && program.machine().half == Half::fp16;
  const Tensor x = reads_half ? logits : cast(program, logits, kFloatBytes);
  return empty(program, logits.sizes);
}

/// The target's share less one; then only the positions that are no padding count.
void subtract_targets(Program& program, std::int64_t count, const Tensor& padded_ids) {
  { const Tensor minus_one = made_by(program, "aten::full", {count, 1}); }
  if (!padded_ids.defined()) return;
  OpScope op(program, "aten::lt");
  StoragePtr number;
  if (!program.on_cuda()) number = program.allocate(8);
  const Tensor ignored = empty(program, {count}, kBoolBytes);
}

/// weight += gradient^T · rows: in one kernel, or as a product of half precision that is added to fp32.
void add_to_weight_gradient(Program& program, const Tensor& of_weight, std::int64_t product_bytes) {
  if (of_weight.element_bytes == product_bytes) return;
  const Tensor of_chunk = empty(program, of_weight.sizes, product_bytes);
  if (!program.on_cuda()) const Tensor promoted = cast(program, of_chunk, kFloatBytes);
}

template <typename Work>
void for_each_chunk(std::int64_t rows, std::int64_t chunk_rows, const Work& work) {
  for (std::int64_t first = 0; first < rows; first += chunk_rows) work(std::min(chunk_rows, rows - first));
}

/// The gradient of the mean, for each row.
Tensor divided_by_rows(Program& program) {
  const NumberAsTensor number(program, kFloatBytes);
  return empty(program, {});
}

struct Kept {
  Tensor rows;    ///< (B·S, H), input of the head
  Tensor weight;  ///< (V, H)
  Tensor targets;
};

Tensors gradients(Program& program, const Kept& kept, bool needs_weight, const LossInChunks& how,
                  std::int64_t product_bytes) {
  const Tensor head = cast(program, kept.weight, product_bytes);
  const Tensor scale = divided_by_rows(program);
  const Tensor of_rows = empty(program, kept.rows.sizes, kept.rows.element_bytes);
  const Tensor of_weight = needs_weight ? empty(program, kept.weight.sizes, kept.weight.element_bytes) : Tensor{};
  for_each_chunk(kept.rows.size(0), how.rows, [&](std::int64_t count) {
    const Tensor rows = rows_for_product(program, kept.rows, count, product_bytes);
    Tensor gradient;
    {
      const Tensor logits = logits_of_chunk(program, rows, head);
      gradient = softmax_in_full(program, logits);
    }
    Tensor ids;
    if (how.padded) ids = made_by(program, "aten::clamp_min", {count}, kInt64Bytes);
    subtract_targets(program, count, ids);
    gradient = cast(program, gradient, product_bytes);  // after it was scaled in place
    { const Tensor of_chunk = empty(program, {count, rows.size(1)}, product_bytes); }
    if (needs_weight) add_to_weight_gradient(program, of_weight, product_bytes);
  });
  return {of_rows, of_weight};
}

}  // namespace

Tensor chunked_cross_entropy(Program& program, const Tensor& features, const Tensor& weight, const Tensor& targets,
                             const LossInChunks& how) {
  const Tensor rows = view(program, features, {features.numel() / features.size(-1), features.size(-1)});
  const std::int64_t product_bytes = program.autocast() != nullptr ? kHalfBytes : rows.element_bytes;
  const WithoutAutocast off(program);
  Tensor loss;
  {
    const WithoutGraph no_graph(program);
    const Tensor head = cast(program, weight, product_bytes);
    loss = made_by(program, "aten::zeros", {});
    for_each_chunk(rows.size(0), how.rows, [&](std::int64_t count) {
      Tensor logits;
      {
        const Tensor chunk = rows_for_product(program, rows, count, product_bytes);
        logits = cast(program, logits_of_chunk(program, chunk, head), kFloatBytes);
      }
      OpScope op(program, "aten::cross_entropy_loss");
      const Tensor log_softmax = empty(program, logits.sizes);
      const Tensor sum = empty(program, {});
      const Tensor total_weight = empty(program, {});
    });
    OpScope op(program, "aten::div_");
    const NumberAsTensor rows_as_number(program, kFloatBytes);
  }
  connect(program, "ChunkedCrossEntropy", {&rows, &weight}, loss,
          [&program, kept = Kept{detach(rows), detach(weight), targets}, needs_weight = weight.grad_fn != nullptr, how,
           product_bytes](Tensors&) { return gradients(program, kept, needs_weight, how, product_bytes); });
  return loss;
}

}  // namespace profile_train::symbolic
