#include "trace_builder.h"

#include <bit>
#include <stdexcept>

namespace profile_train {

NameId TraceBuilder::name(const std::string& text) {
  if (text.empty()) return 0;
  const auto [it, fresh] = names_.try_emplace(text, static_cast<NameId>(trace_.names.size()));
  if (fresh) trace_.names.push_back(text);
  return it->second;
}

ScopeId TraceBuilder::scope(ScopeKind kind, const std::string& text) {
  const NameId id = name(text);
  const auto key = std::make_tuple(scopes_.back(), id, kind);
  const auto [it, fresh] = scope_ids_.try_emplace(key, static_cast<ScopeId>(trace_.scopes.size()));
  if (fresh) trace_.scopes.push_back({scopes_.back(), id, kind});
  return it->second;
}

TensorTypeId TraceBuilder::type(const std::string& dtype, const std::vector<std::int64_t>& sizes) {
  const auto [it, fresh] = types_.try_emplace({dtype, sizes}, static_cast<TensorTypeId>(trace_.tensor_types.size()));
  if (fresh) trace_.tensor_types.push_back({dtype, sizes});
  return it->second;
}

Event& TraceBuilder::push(EventKind kind) {
  now_ns_ += pace_ns_;
  Event event;
  event.kind = kind;
  event.time_ns = now_ns_;
  event.scope = scopes_.back();
  event.thread = 1;
  trace_.events.push_back(event);
  return trace_.events.back();
}

void TraceBuilder::mark(EventKind kind, std::uint8_t detail, Bytes value) {
  Event& event = push(kind);
  event.detail = detail;
  event.bytes = value;
}

void TraceBuilder::metric(const std::string& text, double value) {
  const NameId id = name(text);
  Event& event = push(EventKind::metric);
  event.name = id;
  event.bytes = std::bit_cast<Bytes>(value);
}

TraceBuilder::Address TraceBuilder::allocate(const std::string& dtype, const std::vector<std::int64_t>& sizes) {
  Bytes bytes = dtype == "float32" ? 4 : dtype == "int64" ? 8 : dtype == "bfloat16" ? 2 : 1;
  for (const std::int64_t size : sizes) bytes *= size;
  return allocate_bytes(bytes, type(dtype, sizes));
}

TraceBuilder::Address TraceBuilder::allocate_bytes(Bytes bytes, TensorTypeId type, EventKind kind) {
  const Address address = next_address_;
  next_address_ += static_cast<Address>((bytes + 127) / 64 * 64);
  Event& event = push(kind);
  event.address = address;
  event.bytes = bytes;
  live_[address] = {bytes, type};
  if (type != 0) {
    Event& description = push(EventKind::describe);
    description.address = address;
    description.tensor_type = type;
  }
  return address;
}

void TraceBuilder::free(Address address) {
  if (live_.erase(address) == 0) throw std::logic_error("the sample frees an address twice");
  push(EventKind::free).address = address;
}

void TraceBuilder::role(Address address, Role role, const std::string& text) {
  const NameId id = name(text);
  const TensorTypeId type = live_.at(address).second;
  Event& event = push(EventKind::role);
  event.address = address;
  event.detail = static_cast<std::uint8_t>(role);
  event.name = id;
  event.tensor_type = type;
}

}  // namespace profile_train
