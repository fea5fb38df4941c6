#include "profiler/memory_model/symbolic/checkpoint.h"

#include <limits>
#include <memory>
#include <optional>

#include "profiler/memory_model/symbolic/autocast.h"

namespace profile_train::symbolic {
namespace {

/// The state of the CPU's generator as a tensor of bytes, which is how it is set. That of a card is 16 bytes on the
/// CPU.
void set_random_state(Program& program) {
  constexpr Bytes kStateBytes = 5056;
  if (!program.on_cuda()) program.allocate(kStateBytes);
}

/// x outside of its graph, whose gradient ends in `gradient`.
Tensor leaf(const Tensor& x, const std::shared_ptr<Tensor>& gradient) {
  Tensor result = detach(x);
  auto node = std::make_shared<Node>();
  node->name = "torch::autograd::AccumulateGrad";
  node->sequence_number = std::numeric_limits<std::uint64_t>::max();
  node->backward = [gradient](std::vector<Tensor>& g) {
    *gradient = detach(g[0]);
    return std::vector<Tensor>{};
  };
  result.grad_fn = std::move(node);
  return result;
}

}  // namespace

Tensor checkpoint(Program& program, const std::function<Tensor(const Tensor&)>& run, const Tensor& x, bool draws) {
  Tensor result;
  {
    const WithoutGraph no_graph(program);
    result = run(x);
  }
  const bool in_autocast = program.autocast() != nullptr;
  connect(program, "Checkpoint", {&x}, result,
          [&program, run, x = detach(x), draws, in_autocast](std::vector<Tensor>& g) {
            const auto gradient = std::make_shared<Tensor>();
            const Tensor input = leaf(x, gradient);
            Tensor output;
            program.enter(Phase::recompute);
            if (draws) set_random_state(program);
            {
              const WorkerThreadScope of_its_own(program, {});
              std::optional<AutocastScope> autocast;
              if (in_autocast) autocast.emplace(program);
              output = run(input);
            }
            if (draws) set_random_state(program);
            program.enter(Phase::backward);
            const WorkerThreadScope of_its_own(program, {});  // operators and nodes in it count, not this one
            run_backward(program, output, g[0]);
            return std::vector<Tensor>{*gradient};
          });
  return result;
}

}  // namespace profile_train::symbolic
