#include "profiler/memory_model/symbolic/chunked_loss.h"

#include <algorithm>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

/// A new tensor of one operator; inside a backward node the node is the operator that counts.
Tensor made_by(Program& program, const char* name, Sizes sizes) {
  OpScope op(program, name);
  return empty(program, std::move(sizes));
}

Tensor logits_of_chunk(Program& program, std::int64_t rows, const Tensor& weight) {
  Tensor logits = made_by(program, "aten::mm", {rows, weight.size(0)});
  program.call_cublas();
  return logits;
}

template <typename Work>
void for_each_chunk(std::int64_t rows, std::int64_t chunk_rows, const Work& work) {
  for (std::int64_t first = 0; first < rows; first += chunk_rows) work(std::min(chunk_rows, rows - first));
}

/// The gradient of the mean, for each row.
Tensor divided_by_rows(Program& program) {
  const NumberAsTensor number(program);
  return empty(program, {});
}

Tensors gradients(Program& program, const Tensor& rows, const Tensor& weight, std::int64_t chunk_rows) {
  const Tensor scale = divided_by_rows(program);
  const Tensor of_rows = empty(program, rows.sizes);
  const Tensor of_weight = empty(program, weight.sizes);
  for_each_chunk(rows.size(0), chunk_rows, [&](std::int64_t count) {
    Tensor gradient;
    {
      const Tensor logits = logits_of_chunk(program, count, weight);
      gradient = empty(program, logits.sizes);  // softmax; everything after it works in place
    }
    { const Tensor minus_one = empty(program, {count, 1}); }
    const Tensor of_chunk = empty(program, {count, rows.size(1)});
  });
  return {of_rows, of_weight};
}

}  // namespace

Tensor chunked_cross_entropy(Program& program, const Tensor& features, const Tensor& weight, const Tensor& targets,
                             std::int64_t chunk_rows) {
  const Tensor rows = view(program, features, {features.numel() / features.size(-1), features.size(-1)});
  Tensor loss = made_by(program, "aten::zeros", {});
  for_each_chunk(rows.size(0), chunk_rows, [&](std::int64_t count) {
    const Tensor logits = logits_of_chunk(program, count, weight);
    OpScope op(program, "aten::cross_entropy_loss");
    const Tensor log_softmax = empty(program, logits.sizes);
    const Tensor sum = empty(program, {});
    const Tensor total_weight = empty(program, {});
  });
  {
    OpScope op(program, "aten::div_");
    const NumberAsTensor rows_as_number(program);
  }
  connect(program, "ChunkedCrossEntropy", {&rows, &weight}, loss,
          [&program, rows = detach(rows), weight = detach(weight), targets, chunk_rows](Tensors&) {
            return gradients(program, rows, weight, chunk_rows);
          });
  return loss;
}

}  // namespace profile_train::symbolic
