#include "profiler/memory_model/symbolic/autograd.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <queue>
#include <unordered_map>
#include <utility>

namespace profile_train::symbolic {
namespace {

/// AccumulateGrad: keeps a first gradient as it is, adds later ones in place.
Node::Backward accumulate_into(Program& program, Parameter& parameter) {
  return [&program, &parameter](std::vector<Tensor>& gradients) {
    if (!parameter.gradient.defined()) {
      parameter.gradient = detach(gradients[0]);
      program.set_role(parameter.gradient.storage, Role::gradient);
    }
    return std::vector<Tensor>{};
  };
}

using Dependencies = std::unordered_map<const Node*, int>;

void count_dependencies(const Node& root, Dependencies& dependencies) {
  std::vector<const Node*> stack = {&root};
  while (!stack.empty()) {
    const Node* node = stack.back();
    stack.pop_back();
    for (const Node::Edge& edge : node->next) {
      if (edge.node && dependencies[edge.node.get()]++ == 0) stack.push_back(edge.node.get());
    }
  }
}

struct LatestFirst {
  bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const {
    return a->sequence_number < b->sequence_number;
  }
};

/// Hands a gradient to the node that waits for it. A second one is added to the first in place if nobody else can see
/// the first's memory; a view never qualifies, because its base counts as somebody else.
void add_gradient(Program& program, std::vector<Tensor>& waiting, std::size_t input, Tensor gradient) {
  Tensor& held = waiting[input];
  if (!held.defined()) {
    held = std::move(gradient);
  } else if (held.has_base || held.storage.use_count() > 1) {
    held = empty_like(program, held);
  }
}

std::int64_t numbers_in(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

void fit_to_inputs(Program& program, const Node& node, std::vector<Tensor>& results) {
  for (std::size_t i = 0; i < node.next.size(); ++i) {
    const Node::Edge& edge = node.next[i];
    if (!edge.node || !results[i].defined()) continue;
    if (results[i].numel() > numbers_in(edge.sizes)) {
      const WorkerThreadScope outside_of_node(program, "aten::sum");
      const bool loses_dimensions = results[i].sizes.size() > edge.sizes.size();
      results[i] = empty(program, edge.sizes, results[i].element_bytes);
      results[i].has_base = loses_dimensions;  // sum keeps them as ones; a view lacks them
    }
    if (results[i].element_bytes == edge.element_bytes) continue;
    const WorkerThreadScope outside_of_node(program, "aten::to");
    results[i] = empty_like(program, results[i], edge.element_bytes);
  }
}

}  // namespace

std::shared_ptr<Parameter> make_parameter(Program& program, std::string name, Sizes sizes, std::int64_t element_bytes) {
  auto parameter = std::make_shared<Parameter>();
  parameter->name = std::move(name);
  parameter->value = empty(program, std::move(sizes), element_bytes);
  program.set_role(parameter->value.storage, Role::parameter);
  auto node = std::make_shared<Node>();
  node->name = "torch::autograd::AccumulateGrad";
  node->sequence_number = std::numeric_limits<std::uint64_t>::max();
  node->backward = accumulate_into(program, *parameter);
  parameter->value.grad_fn = std::move(node);
  return parameter;
}

void connect(Program& program, std::string name, const std::vector<const Tensor*>& inputs, Tensor& output,
             Node::Backward backward) {
  const bool needs_gradient = std::any_of(inputs.begin(), inputs.end(), [](const Tensor* t) { return t->grad_fn; });
  if (!needs_gradient || !program.makes_graph()) return;
  auto node = std::make_shared<Node>();
  node->name = std::move(name);
  node->module = program.module();
  node->sequence_number = program.next_sequence_number();
  node->backward = std::move(backward);
  for (const Tensor* input : inputs)
    node->next.push_back({input->grad_fn, input->output_index, input->element_bytes, input->sizes});
  output.grad_fn = std::move(node);
  output.output_index = 0;
}

void run_backward(Program& program, const Tensor& loss) {
  Tensor root_gradient;
  {
    OpScope op(program, "aten::ones_like");
    root_gradient = empty_like(program, loss);  // held by the caller until backward returns
  }
  run_backward(program, loss, root_gradient);
}

void run_backward(Program& program, const Tensor& root, const Tensor& root_gradient) {
  Dependencies dependencies;
  count_dependencies(*root.grad_fn, dependencies);
  std::unordered_map<const Node*, std::vector<Tensor>> waiting;
  waiting[root.grad_fn.get()] = {root_gradient};
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, LatestFirst> ready;
  ready.push(root.grad_fn);

  while (!ready.empty()) {
    const std::shared_ptr<Node> node = ready.top();
    ready.pop();
    std::vector<Tensor> gradients = std::move(waiting[node.get()]);
    waiting.erase(node.get());
    const bool leaf = node->next.empty();

    ModuleScope module(program, node->module);
    OpScope op(program, node->name);
    std::vector<Tensor> results = node->backward(gradients);
    fit_to_inputs(program, *node, results);
    gradients.clear();
    if (leaf) continue;
    node->backward = nullptr;  // release_variables()

    for (std::size_t i = 0; i < node->next.size(); ++i) {
      const Node::Edge& edge = node->next[i];
      if (!edge.node) continue;
      std::vector<Tensor>& buffer = waiting.try_emplace(edge.node.get(), edge.node->outputs).first->second;
      if (results[i].defined()) add_gradient(program, buffer, edge.input, std::move(results[i]));
      results[i] = Tensor{};
      if (--dependencies[edge.node.get()] == 0) ready.push(edge.node);
    }
  }
}

}  // namespace profile_train::symbolic
