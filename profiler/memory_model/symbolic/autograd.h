#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "profiler/memory_model/symbolic/tensor.h"

namespace profile_train::symbolic {

/// A node of the autograd graph: what it keeps for backward is what its function captures.
struct Node {
  /// Takes the gradients of the outputs, gives those of the inputs; undefined for inputs that need none.
  using Backward = std::function<std::vector<Tensor>(std::vector<Tensor>& gradients)>;
  struct Edge {
    std::shared_ptr<Node> node;  ///< empty: that input needs no gradient
    std::size_t input = 0;
    std::int64_t element_bytes = kFloatBytes;  ///< of the input: the engine casts its gradient to that precision
    Sizes sizes = {};                          ///< of the input: the engine sums what was broadcast
  };

  std::string name;    ///< as LibTorch calls it: "AddmmBackward0"
  std::string module;  ///< where the operator ran in forward
  std::uint64_t sequence_number = 0;
  std::size_t outputs = 1;
  std::vector<Edge> next;
  Backward backward;
};

/// A leaf of the graph with its gradient, as AccumulateGrad leaves it.
struct Parameter {
  std::string name;
  Tensor value;     ///< its grad_fn accumulates into `gradient`
  Tensor gradient;  ///< undefined until the first backward, and after zero_grad(set_to_none)
  std::vector<StoragePtr> optimizer_state;
};

std::shared_ptr<Parameter> make_parameter(Program& program, std::string name, Sizes sizes,
                                          std::int64_t element_bytes = kFloatBytes);

/// Makes `output` the result of a node whose inputs are `inputs`. Does nothing if no input needs a gradient.
void connect(Program& program, std::string name, const std::vector<const Tensor*>& inputs, Tensor& output,
             Node::Backward backward);

/// torch::NoGradGuard: what runs while it lives makes no graph.
class [[nodiscard]] WithoutGraph {
 public:
  explicit WithoutGraph(Program& program) : program_(program), before_(program.set_makes_graph(false)) {}
  ~WithoutGraph() { program_.set_makes_graph(before_); }
  WithoutGraph(const WithoutGraph&) = delete;
  WithoutGraph& operator=(const WithoutGraph&) = delete;

 private:
  Program& program_;
  bool before_;
};

/// loss.backward(): LibTorch's engine on one thread. Nodes run in the order of their sequence numbers, latest first, as
/// soon as all their gradients are there; a node lets go of its incoming gradients and of what it kept, then hands on
/// its results; gradients that meet are added, in place where nobody else holds the first of them. A gradient that is
/// larger than its input is summed, and one of another precision cast, before the node lets go of anything
/// (validate_outputs).
void run_backward(Program& program, const Tensor& loss);
/// The same from a tensor whose gradient is known; nodes of backward may do that too.
void run_backward(Program& program, const Tensor& root, const Tensor& root_gradient);

}  // namespace profile_train::symbolic
