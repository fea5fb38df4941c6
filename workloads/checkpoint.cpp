#include "workloads/checkpoint.h"

#include <ATen/autocast_mode.h>

#include <mutex>
#include <optional>
#include <utility>

#include "hooks/session.h"
#include "workloads/autocast.h"

namespace profile_train::workloads {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

at::Generator random_numbers_of(torch::Device device) { return at::globalContext().defaultGenerator(device); }

/// A copy, which can be kept: it is no tensor.
at::Generator copy_of(at::Generator generator) {
  const std::lock_guard lock(generator.mutex());
  return generator.clone();
}

void set(at::Generator generator, const at::Generator& to) {
  const Tensor state = to.get_state();
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state);
}

/// Draws what was drawn from a kept state on; then goes on where the program was.
class RandomStateGuard {
 public:
  RandomStateGuard(torch::Device device, const at::Generator& kept)
      : generator_(random_numbers_of(device)), before_(copy_of(generator_)) {
    set(generator_, kept);
  }
  ~RandomStateGuard() { set(generator_, before_); }
  RandomStateGuard(const RandomStateGuard&) = delete;
  RandomStateGuard& operator=(const RandomStateGuard&) = delete;

 private:
  at::Generator generator_;
  at::Generator before_;
};

class WithoutCastCache {
 public:
  WithoutCastCache() : before_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_cache_enabled(false);
  }
  ~WithoutCastCache() { at::autocast::set_autocast_cache_enabled(before_); }
  WithoutCastCache(const WithoutCastCache&) = delete;
  WithoutCastCache& operator=(const WithoutCastCache&) = delete;

 private:
  bool before_;
};

/// What a second run needs beside its inputs.
struct Call : torch::CustomClassHolder {
  std::function<Tensor(const SeveralTensors&)> run;
  std::optional<torch::ScalarType> autocast;
  std::optional<at::Generator> random_numbers;
};

/// The same tensors, but no leaves of the graph. Of a leaf autocast makes one cast for all its uses, as of a weight,
/// and their gradients would be added up in half precision; in the first run each use had a cast of its own.
tensor_list aliases_of(const tensor_list& leaves) {
  tensor_list aliases;
  for (const Tensor& leaf : leaves) aliases.push_back(torch::alias(leaf));
  return aliases;
}

struct Checkpoint : torch::autograd::Function<Checkpoint> {
  static Tensor forward(AutogradContext* context, torch::TensorList inputs, const c10::intrusive_ptr<Call>& call) {
    context->save_for_backward(inputs.vec());
    context->saved_data["call"] = torch::IValue::make_capsule(call);
    const WithoutCastCache no_cache;
    return call->run(inputs.vec());
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto capsule = context->saved_data["call"].toCapsule();
    const Call& call = *static_cast<const Call*>(capsule.get());
    tensor_list inputs = context->get_saved_variables();
    const torch::Device device = inputs.at(0).device();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = inputs[i].detach().requires_grad_(context->needs_input_grad(i));
    Tensor y;
    {
      const PhaseGuard phase(Phase::recompute);
      const torch::AutoGradMode with_gradients(true);
      std::optional<RandomStateGuard> random_numbers;
      if (call.random_numbers) random_numbers.emplace(device, *call.random_numbers);
      std::optional<AutocastGuard> autocast;
      if (call.autocast) autocast.emplace(device.type(), call.autocast);
      y = call.run(aliases_of(inputs));
    }
    torch::autograd::backward({y}, {gradients[0]});
    context->saved_data.clear();  // the graph lives on until the loss goes; what run() holds, a mask say, need not
    tensor_list results;
    for (const Tensor& input : inputs) results.push_back(input.grad());
    results.emplace_back();  // of `call`
    return results;
  }
};

}  // namespace

Tensor checkpoint(std::function<Tensor(const SeveralTensors&)> run, const SeveralTensors& inputs, bool draws) {
  auto call = c10::make_intrusive<Call>();
  call->run = std::move(run);
  const torch::Device device = inputs.at(0).device();
  if (at::autocast::is_autocast_enabled(device.type()))
    call->autocast = at::autocast::get_autocast_dtype(device.type());
  if (draws) call->random_numbers = copy_of(random_numbers_of(device));
  return Checkpoint::apply(torch::TensorList(inputs), call);
}

Tensor checkpoint(std::function<Tensor(const Tensor&)> run, const Tensor& x, bool draws) {
  const auto run_on_first = [run = std::move(run)](const SeveralTensors& inputs) { return run(inputs[0]); };
  return checkpoint(std::function<Tensor(const SeveralTensors&)>(run_on_first), SeveralTensors{x}, draws);
}

}  // namespace profile_train::workloads
