#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/trace.h"

namespace profile_train::benchmarks {

/// Makes the trace of a training run with the traits that decide the cost of its analysis: about 4,500 events a step as
/// GPT-2 small has on the CPU, a scope for each operator of each layer, descriptions, and addresses handed out again as
/// malloc does. No bytes of a real model.
class TrainingTrace {
 public:
  static Trace of(std::size_t events) {
    TrainingTrace made;
    made.init();
    for (std::int64_t step = 1; made.trace_.events.size() < events; ++step) made.step(step);
    return std::move(made.trace_);
  }

 private:
  static constexpr int kLayers = 12;
  static constexpr int kOperators = 30;  ///< a layer, forward and backward each

  TrainingTrace() {
    trace_.names = {"", "mm", "loss", "w", "w.grad"};
    trace_.tensor_types.push_back({"float32", {256, 768}});
    for (int layer = 0; layer < kLayers; ++layer) {
      const ScopeId module = scope(0, ScopeKind::module, "transformer.h." + std::to_string(layer));
      for (int i = 0; i < kOperators; ++i) {
        const ScopeId op = scope(module, ScopeKind::op, "aten::op" + std::to_string(i));
        forward_.push_back(scope(op, ScopeKind::op, "aten::inner" + std::to_string(i)));
        const ScopeId node = scope(module, ScopeKind::backward, "Op" + std::to_string(i) + "Backward0");
        backward_.push_back(scope(node, ScopeKind::op, "aten::op" + std::to_string(i)));
      }
    }
  }

  ScopeId scope(ScopeId parent, ScopeKind kind, std::string name) {
    trace_.names.push_back(std::move(name));
    trace_.scopes.push_back({parent, static_cast<NameId>(trace_.names.size() - 1), kind});
    return static_cast<ScopeId>(trace_.scopes.size() - 1);
  }

  void init() {
    mark(EventKind::phase_begin, Phase::init);
    for (int i = 0; i < 12 * kLayers; ++i) tell_role(allocate(0), Role::parameter, 3);
    mark(EventKind::phase_end, Phase::init);
  }

  void step(std::int64_t number) {
    push({.bytes = number, .kind = EventKind::step_begin});
    std::vector<std::uint64_t> saved;
    mark(EventKind::phase_begin, Phase::forward);
    for (const ScopeId op : forward_) {
      const std::uint64_t scratch = allocate(op);
      saved.push_back(allocate(op));
      free(scratch, op);
    }
    mark(EventKind::phase_end, Phase::forward);

    std::vector<std::uint64_t> gradients;
    mark(EventKind::phase_begin, Phase::backward);
    for (std::size_t i = backward_.size(); i-- > 0;) {
      const std::uint64_t scratch = allocate(backward_[i]);
      if (i % 3 == 0) gradients.push_back(allocate(backward_[i]));
      free(saved[i], backward_[i]);
      free(scratch, backward_[i]);
    }
    for (const std::uint64_t gradient : gradients) tell_role(gradient, Role::gradient, 4);
    mark(EventKind::phase_end, Phase::backward);

    mark(EventKind::phase_begin, Phase::optimizer_step);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const std::uint64_t first = allocate(0);
      const std::uint64_t second = allocate(0);
      free(first, 0);
      free(second, 0);
    }
    mark(EventKind::phase_end, Phase::optimizer_step);
    mark(EventKind::phase_begin, Phase::zero_grad);
    for (const std::uint64_t gradient : gradients) free(gradient, 0);
    mark(EventKind::phase_end, Phase::zero_grad);
    push({.bytes = number, .kind = EventKind::step_end});
  }

  /// Allocates and describes.
  std::uint64_t allocate(ScopeId op) {
    std::uint64_t address = next_address_;
    if (released_.empty()) {
      next_address_ += 65344;  // aligned to 64, as malloc's
    } else {
      address = released_.back();
      released_.pop_back();
    }
    push({.address = address, .bytes = 786432, .scope = op, .kind = EventKind::allocate});
    if (op != 0) push({.address = address, .scope = op, .tensor_type = 1, .kind = EventKind::describe});
    return address;
  }
  void free(std::uint64_t address, ScopeId op) {
    released_.push_back(address);
    push({.address = address, .scope = op, .kind = EventKind::free});
  }
  void tell_role(std::uint64_t address, Role role, NameId name) {
    push({.address = address, .name = name, .kind = EventKind::role, .detail = static_cast<std::uint8_t>(role)});
  }
  void mark(EventKind kind, Phase phase) { push({.kind = kind, .detail = static_cast<std::uint8_t>(phase)}); }
  void push(Event event) {
    event.time_ns = 100'000 * trace_.events.size();
    event.thread = 1;
    trace_.events.push_back(event);
  }

  Trace trace_;
  std::vector<ScopeId> forward_;
  std::vector<ScopeId> backward_;
  std::vector<std::uint64_t> released_;
  std::uint64_t next_address_ = 0x7f00'0000'0000;
};

}  // namespace profile_train::benchmarks
