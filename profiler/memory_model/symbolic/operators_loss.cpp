#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

Tensor log_softmax(Program& program, const Tensor& logits) {
  Tensor result = empty(program, logits.sizes, logits.element_bytes);
  connect(program, "LogSoftmaxBackward0", {&logits}, result,
          [&program, kept = detach(result)](Tensors&) { return Tensors{empty_like(program, kept)}; });
  return result;
}

Tensor nll_loss(Program& program, const Tensor& any_log_shares, const Tensor& targets) {
  const Tensor log_shares = in_full(program, any_log_shares);
  Tensor loss = empty(program, {}, log_shares.element_bytes);
  const Tensor total_weight = empty(program, {}, log_shares.element_bytes);
  connect(program, "NllLossBackward0", {&log_shares}, loss,
          [&program, kept = detach(log_shares), targets, total_weight](Tensors&) {
            return Tensors{empty_like(program, kept)};
          });
  return loss;
}

}  // namespace

Tensor cross_entropy(Program& program, const Tensor& logits, const Tensor& targets) {
  OpScope op(program, "aten::cross_entropy_loss");
  // On the CPU the whole of it is on the fp32 list.
  const Tensor x = program.on_cuda() ? logits : in_full(program, logits);
  return nll_loss(program, log_softmax(program, x), targets);
}

}  // namespace profile_train::symbolic
