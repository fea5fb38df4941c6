#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/trace.h"

namespace profile_train::test {

/// Writes a trace by hand, as a training loop would have caused it:
///
///     t.step(1).phase(Phase::forward).module("lm_head").op("aten::mm").allocate(0x1000, 4096).free(0x1000);
///
/// phase(), step() and device() hold until they change; a new phase or step ends the one before. module(), op() and
/// backward() set the scope of what follows: module() and backward() start anew inside the module, op() replaces the
/// operator. Each event is 1,000 ns after the one before.
class TraceBuilder {
 public:
  TraceBuilder& step(std::int64_t number) {
    end_step();
    step_ = number;
    return mark({.bytes = number, .kind = EventKind::step_begin});
  }
  TraceBuilder& end_step() {
    end_phases();
    if (step_ != 0) mark({.bytes = step_, .kind = EventKind::step_end});
    step_ = 0;
    return *this;
  }
  TraceBuilder& phase(Phase phase) {
    end_phases();
    return nested_phase(phase);
  }
  TraceBuilder& nested_phase(Phase phase) {
    phases_.push_back(phase);
    return mark({.kind = EventKind::phase_begin, .detail = static_cast<std::uint8_t>(phase)});
  }
  TraceBuilder& end_phase() {
    const auto phase = static_cast<std::uint8_t>(phases_.back());
    phases_.pop_back();
    return mark({.kind = EventKind::phase_end, .detail = phase});
  }

  TraceBuilder& module(std::string_view path) {
    module_ = path.empty() ? 0 : child(0, ScopeKind::module, path);
    operator_parent_ = scope_ = module_;
    return *this;
  }
  TraceBuilder& backward(std::string_view node) {
    operator_parent_ = scope_ = child(module_, ScopeKind::backward, node);
    return *this;
  }
  TraceBuilder& op(std::string_view name) {
    scope_ = child(operator_parent_, ScopeKind::op, name);
    return *this;
  }
  TraceBuilder& inner_op(std::string_view name) {
    scope_ = child(scope_, ScopeKind::op, name);
    return *this;
  }
  TraceBuilder& no_scope() { return module(""); }

  TraceBuilder& device(DeviceType type, std::uint8_t index = 0) {
    device_ = type;
    device_index_ = index;
    return *this;
  }
  TraceBuilder& thread(std::uint32_t number) {
    thread_ = number;
    return *this;
  }
  TraceBuilder& wait(std::uint64_t ns) {
    time_ns_ += ns;
    return *this;
  }

  TraceBuilder& allocate(std::uint64_t address, Bytes bytes) {
    return push({.address = address, .bytes = bytes, .kind = EventKind::allocate});
  }
  /// Allocates what the tensor needs, and describes it.
  TraceBuilder& tensor(std::uint64_t address, std::string_view dtype, std::vector<std::int64_t> sizes) {
    Bytes bytes = dtype == "int64" ? 8 : dtype == "bfloat16" ? 2 : dtype == "bool" ? 1 : 4;
    for (const std::int64_t size : sizes) bytes *= size;
    return allocate(address, bytes).describe(address, dtype, std::move(sizes));
  }
  TraceBuilder& carried_in(std::uint64_t address, Bytes bytes) {
    return push({.address = address, .bytes = bytes, .kind = EventKind::carried_in});
  }
  TraceBuilder& segment(std::uint64_t address, Bytes bytes, EventKind kind = EventKind::segment_allocate) {
    return push({.address = address, .bytes = bytes, .kind = kind});
  }
  TraceBuilder& gauge(Gauge gauge, Bytes bytes) {
    return push({.bytes = bytes, .kind = EventKind::gauge, .detail = static_cast<std::uint8_t>(gauge)});
  }
  TraceBuilder& driver_allocate(std::uint64_t address, Bytes bytes, std::string_view library,
                                DriverMemory memory = DriverMemory::device) {
    return push({.address = address,
                 .bytes = bytes,
                 .name = name(library),
                 .kind = EventKind::driver_allocate,
                 .detail = static_cast<std::uint8_t>(memory)});
  }
  TraceBuilder& driver_free(std::uint64_t address, DriverMemory memory = DriverMemory::device) {
    return push({.address = address, .kind = EventKind::driver_free, .detail = static_cast<std::uint8_t>(memory)});
  }
  TraceBuilder& driver_map(std::uint64_t place, std::uint64_t handle) {
    return push({.address = place, .bytes = static_cast<Bytes>(handle), .kind = EventKind::driver_map});
  }
  TraceBuilder& driver_unmap(std::uint64_t place, Bytes bytes) {
    return push({.address = place, .bytes = bytes, .kind = EventKind::driver_unmap});
  }
  TraceBuilder& driver_pool(std::uint64_t pool, Bytes held) {
    return push({.address = pool, .bytes = held, .kind = EventKind::driver_pool});
  }
  TraceBuilder& out_of_memory(Bytes asked_for, std::uint64_t free_bytes) {
    return push({.address = free_bytes, .bytes = asked_for, .kind = EventKind::out_of_memory});
  }
  TraceBuilder& free(std::uint64_t address) { return push({.address = address, .kind = EventKind::free}); }
  TraceBuilder& role(std::uint64_t address, Role role, std::string_view name = "") {
    return push({.address = address,
                 .name = this->name(name),
                 .kind = EventKind::role,
                 .detail = static_cast<std::uint8_t>(role)});
  }
  TraceBuilder& describe(std::uint64_t address, std::string_view dtype, std::vector<std::int64_t> sizes) {
    return push({.address = address,
                 .tensor_type = tensor_type({std::string(dtype), std::move(sizes)}),
                 .kind = EventKind::describe});
  }
  TraceBuilder& metric(std::string_view name, double value) {
    return push({.bytes = std::bit_cast<Bytes>(value), .name = this->name(name), .kind = EventKind::metric});
  }

  /// Position that the next event will have.
  std::uint32_t here() const { return static_cast<std::uint32_t>(trace_.events.size()); }
  /// Header, footer and cut may be set directly.
  Trace& trace() { return trace_; }

  /// The whole trace; phase and step that are still open are ended.
  Trace build() {
    end_step();
    return build_cut();
  }
  /// The same without ending anything, as if the program had been killed now; `cut` is for the caller to set.
  Trace build_cut() {
    trace_.footer.events = trace_.events.size();
    return trace_;
  }

 private:
  void end_phases() {
    while (!phases_.empty()) end_phase();
  }
  TraceBuilder& mark(Event event) {
    no_scope();
    return push(event);
  }
  TraceBuilder& push(Event event) {
    time_ns_ += 1000;
    event.time_ns = time_ns_;
    event.scope = scope_;
    event.thread = thread_;
    event.device = device_;
    event.device_index = device_index_;
    trace_.events.push_back(event);
    return *this;
  }
  NameId name(std::string_view text) { return id_of(trace_.names, std::string(text)); }
  TensorTypeId tensor_type(TensorType type) { return id_of(trace_.tensor_types, std::move(type)); }
  ScopeId child(ScopeId parent, ScopeKind kind, std::string_view text) {
    return id_of(trace_.scopes, Scope{.parent = parent, .name = name(text), .kind = kind});
  }
  template <typename T>
  static std::uint32_t id_of(std::vector<T>& table, T entry) {
    const auto found = std::find(table.begin(), table.end(), entry);
    const auto id = static_cast<std::uint32_t>(found - table.begin());
    if (found == table.end()) table.push_back(std::move(entry));
    return id;
  }

  Trace trace_;
  std::vector<Phase> phases_;
  std::int64_t step_ = 0;
  ScopeId module_ = 0;
  ScopeId operator_parent_ = 0;
  ScopeId scope_ = 0;
  DeviceType device_ = DeviceType::cpu;
  std::uint8_t device_index_ = 0;
  std::uint32_t thread_ = 1;
  std::uint64_t time_ns_ = 0;
};

}  // namespace profile_train::test
