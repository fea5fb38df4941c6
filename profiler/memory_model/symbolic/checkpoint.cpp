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

/// x outside of its graph, whose gradient ends in `gradient` if it needs one.
Tensor leaf(const Tensor& x, bool needs_gradient, const std::shared_ptr<Tensor>& gradient) {
  Tensor result = detach(x);
  if (!needs_gradient) return result;
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

/// The same tensor, but no leaf: no cast of it is kept by autocast.
Tensor alias(Program& program, const Tensor& x) {
  Tensor result = detach(x);
  connect(program, "AliasBackward0", {&x}, result, [](std::vector<Tensor>& g) { return std::vector<Tensor>{g[0]}; });
  return result;
}

}  // namespace

Tensor checkpoint(Program& program, const std::function<Tensor(const SeveralTensors&)>& run,
                  const SeveralTensors& inputs, bool draws) {
  Tensor result;
  {
    const WithoutGraph no_graph(program);
    result = run(inputs);
  }
  const bool in_autocast = program.autocast() != nullptr;
  SeveralTensors kept;
  std::vector<const Tensor*> edges;
  std::vector<bool> needs_gradient;
  for (const Tensor& input : inputs) {
    kept.push_back(detach(input));
    edges.push_back(&input);
    needs_gradient.push_back(input.grad_fn != nullptr);
  }
  connect(program, "Checkpoint", edges, result,
          [&program, run, kept, needs_gradient, draws, in_autocast](std::vector<Tensor>& g) {
            std::vector<std::shared_ptr<Tensor>> gradients;
            SeveralTensors again;
            for (std::size_t i = 0; i < kept.size(); ++i) {
              gradients.push_back(std::make_shared<Tensor>());
              again.push_back(alias(program, leaf(kept[i], needs_gradient[i], gradients[i])));
            }
            Tensor output;
            program.enter(Phase::recompute);
            if (draws) set_random_state(program);
            {
              const WorkerThreadScope of_its_own(program, {});
              std::optional<AutocastScope> autocast;
              if (in_autocast) autocast.emplace(program);
              output = run(again);
            }
            if (draws) set_random_state(program);
            program.enter(Phase::backward);
            const WorkerThreadScope of_its_own(program, {});  // operators and nodes in it count, not this one
            run_backward(program, output, g[0]);
            std::vector<Tensor> results;
            for (const auto& gradient : gradients) results.push_back(*gradient);
            return results;
          });
  return result;
}

Tensor checkpoint(Program& program, const std::function<Tensor(const Tensor&)>& run, const Tensor& x, bool draws) {
  const auto run_on_first = [run](const SeveralTensors& inputs) { return run(inputs[0]); };
  return checkpoint(program, std::function<Tensor(const SeveralTensors&)>(run_on_first), SeveralTensors{x}, draws);
}

}  // namespace profile_train::symbolic
