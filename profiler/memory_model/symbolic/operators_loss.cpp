#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

Tensor log_softmax(Program& program, const Tensor& logits) {
  Tensor result = empty(program, logits.sizes);
  connect(program, "LogSoftmaxBackward0", {&logits}, result,
          [&program, kept = detach(result)](Tensors&) { return Tensors{empty_like(program, kept)}; });
  return result;
}

Tensor nll_loss(Program& program, const Tensor& log_shares, const Tensor& targets) {
  Tensor loss = empty(program, {});
  const Tensor total_weight = empty(program, {});
  connect(program, "NllLossBackward0", {&log_shares}, loss,
          [&program, kept = detach(log_shares), targets, total_weight](Tensors&) {
            return Tensors{empty_like(program, kept)};
          });
  return loss;
}

}  // namespace

Tensor cross_entropy(Program& program, const Tensor& logits, const Tensor& targets) {
  OpScope op(program, "aten::cross_entropy_loss");
  return nll_loss(program, log_softmax(program, logits), targets);
}

}  // namespace profile_train::symbolic
