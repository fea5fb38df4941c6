#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "profiler/trace.h"

namespace profile_train {

/// Writes a trace by hand, one event a call: interns names, scopes and types, gives addresses out and lets time pass.
class TraceBuilder {
 public:
  using Address = std::uint64_t;

  /// Nanoseconds that pass before every following event.
  void set_pace(std::uint64_t ns) { pace_ns_ = ns; }

  void enter(ScopeKind kind, const std::string& name) { scopes_.push_back(scope(kind, name)); }
  void leave() { scopes_.pop_back(); }

  void phase_begin(Phase phase) { mark(EventKind::phase_begin, static_cast<std::uint8_t>(phase), 0); }
  void phase_end(Phase phase) { mark(EventKind::phase_end, static_cast<std::uint8_t>(phase), 0); }
  void step_begin(int step) { mark(EventKind::step_begin, 0, step); }
  void step_end(int step) { mark(EventKind::step_end, 0, step); }
  void metric(const std::string& name, double value);

  Address allocate(const std::string& dtype, const std::vector<std::int64_t>& sizes);
  Address allocate_bytes(Bytes bytes, TensorTypeId type = 0, EventKind kind = EventKind::allocate);
  void free(Address address);
  void role(Address address, Role role, const std::string& name);

  NameId name(const std::string& text);
  Trace& trace() { return trace_; }

 private:
  ScopeId scope(ScopeKind kind, const std::string& name);
  TensorTypeId type(const std::string& dtype, const std::vector<std::int64_t>& sizes);
  void mark(EventKind kind, std::uint8_t detail, Bytes value);
  Event& push(EventKind kind);

  Trace trace_;
  std::map<std::string, NameId> names_;
  std::map<std::tuple<ScopeId, NameId, ScopeKind>, ScopeId> scope_ids_;
  std::map<std::pair<std::string, std::vector<std::int64_t>>, TensorTypeId> types_;
  std::map<Address, std::pair<Bytes, TensorTypeId>> live_;
  std::vector<ScopeId> scopes_ = {0};
  Address next_address_ = 0x7f0000000000;
  std::uint64_t now_ns_ = 0;
  std::uint64_t pace_ns_ = 1'000;
};

}  // namespace profile_train
