#include "predicted_trace.h"

#include <map>
#include <string>
#include <vector>

namespace profile_train::test {
namespace {

class Writer {
 public:
  explicit Writer(const TrainingSetup& setup) { trace_.header.setup = setup; }

  void allocate(std::size_t id, const symbolic::PredictedAllocation& a) {
    const ScopeId module = a.module.empty() ? 0 : child(0, ScopeKind::module, a.module);
    const ScopeId scope = a.op.empty() ? module : child(module, ScopeKind::op, a.op);
    push({.address = address(id), .bytes = a.bytes, .scope = scope, .kind = EventKind::allocate});
    if (!a.sizes.empty()) {
      trace_.tensor_types.push_back({"float32", a.sizes});
      push({.address = address(id),
            .tensor_type = static_cast<TensorTypeId>(trace_.tensor_types.size() - 1),
            .kind = EventKind::describe});
    }
    if (a.role != Role::none)
      push({.address = address(id), .kind = EventKind::role, .detail = static_cast<std::uint8_t>(a.role)});
  }
  void release(std::size_t id) { push({.address = address(id), .kind = EventKind::free}); }

  void enter(std::int32_t step, Phase phase) {
    if (step == step_ && phase == phase_) return;
    push({.kind = EventKind::phase_end, .detail = static_cast<std::uint8_t>(phase_)});
    if (step != step_) {
      if (step_ > 0) push({.bytes = step_, .kind = EventKind::step_end});
      push({.bytes = step, .kind = EventKind::step_begin});
    }
    step_ = step;
    begin(phase);
  }
  void begin(Phase phase) {
    phase_ = phase;
    push({.kind = EventKind::phase_begin, .detail = static_cast<std::uint8_t>(phase)});
  }
  Trace finish() {
    push({.kind = EventKind::phase_end, .detail = static_cast<std::uint8_t>(phase_)});
    push({.bytes = step_, .kind = EventKind::step_end});
    return std::move(trace_);
  }

 private:
  static std::uint64_t address(std::size_t id) { return 0x1000 + 64 * id; }
  void push(Event event) {
    event.time_ns = 1000 * trace_.events.size();
    trace_.events.push_back(event);
  }
  ScopeId child(ScopeId parent, ScopeKind kind, const std::string& name) {
    const auto [place, is_new] = scopes_.try_emplace({parent, name}, static_cast<ScopeId>(trace_.scopes.size()));
    if (is_new) {
      trace_.names.push_back(name);
      trace_.scopes.push_back({parent, static_cast<NameId>(trace_.names.size() - 1), kind});
    }
    return place->second;
  }

  Trace trace_;
  std::map<std::pair<ScopeId, std::string>, ScopeId> scopes_;
  std::int32_t step_ = 0;
  Phase phase_ = Phase::init;
};

}  // namespace

Trace trace_of(const TrainingSetup& setup, const symbolic::PredictedRun& run) {
  std::vector<std::size_t> born(run.events.size(), 0), died(run.events.size(), 0);
  for (std::size_t id = 0; id < run.allocations.size(); ++id) {
    born[static_cast<std::size_t>(run.allocations[id].born)] = id;
    if (run.allocations[id].died >= 0) died[static_cast<std::size_t>(run.allocations[id].died)] = id;
  }
  Writer writer(setup);
  writer.begin(Phase::init);
  for (std::size_t i = 0; i < run.events.size(); ++i) {
    const symbolic::PredictedEvent& event = run.events[i];
    if (event.phase != Phase::other) writer.enter(event.step, event.phase);  // else a batch ends with its step
    if (event.change_bytes > 0)
      writer.allocate(born[i], run.allocations[born[i]]);
    else
      writer.release(died[i]);
  }
  return writer.finish();
}

}  // namespace profile_train::test
