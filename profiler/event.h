#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace profile_train {

/// Sizes in bytes. Signed, so that differences and residuals need no cast.
using Bytes = std::int64_t;

/// Ids of interned things; the tables that resolve them travel in the trace (see `trace.h`). 0 always means "none".
using NameId = std::uint32_t;
using ScopeId = std::uint32_t;
using TensorTypeId = std::uint32_t;

/// What happened. The numbers are part of the trace format: append, never renumber.
enum class EventKind : std::uint8_t {
  allocate = 0,     ///< address, bytes: requested size, never rounded
  free = 1,         ///< address
  carried_in = 2,   ///< address, bytes: alive before the session began, first seen now
  role = 3,         ///< address, detail = Role, name, tensor_type: what the storage at `address` is to the model
  describe = 4,     ///< address, tensor_type: shape and dtype of the tensor that an operator made there
  phase_begin = 5,  ///< detail = Phase. Phases nest; the innermost open one counts.
  phase_end = 6,    ///< detail = Phase
  step_begin = 7,   ///< bytes = step number, counted from 1
  step_end = 8,     ///< bytes = step number
  metric = 9,       ///< name, bytes = bit pattern of a double (loss, gradient norm)
  // Of a caching allocator, which also gives `allocate` and `carried_in` the arena they are in: detail.
  free_requested = 10,    ///< address: the program let go of it; `free` follows once no stream uses it any more
  segment_allocate = 11,  ///< address, bytes, detail = arena: memory that the allocator got from the driver
  segment_free = 12,      ///< address, bytes, detail = arena
  segment_map = 13,       ///< address, bytes, detail = arena: memory put behind a part of an expandable segment
  segment_unmap = 14,     ///< address, bytes, detail = arena
  out_of_memory = 15,     ///< bytes: asked for, rounded; address: free on the device, in bytes
  arena = 16,             ///< detail = its number on this device, address = stream, bytes = memory pool, 0 if none
  gauge = 17,             ///< detail = Gauge, bytes: a figure that device or allocator tells of itself
};
inline constexpr int kEventKinds = 18;

/// Part of a training step. The numbers are part of the trace format.
enum class Phase : std::uint8_t {
  other = 0,
  init = 1,
  data = 2,
  forward = 3,
  loss = 4,
  backward = 5,
  optimizer_step = 6,
  zero_grad = 7,
};
inline constexpr int kPhases = 8;

/// What a tensor is to the model. The numbers are part of the trace format.
enum class Role : std::uint8_t {
  none = 0,
  parameter = 1,
  buffer = 2,
  gradient = 3,
  optimizer_state = 4,
  input = 5,
  workspace = 6,  ///< what a library was given to work in
};
inline constexpr int kRoles = 7;

/// What a gauge event reads. The numbers are part of the trace format.
enum class Gauge : std::uint8_t {
  allocator_requested_peak = 0,  ///< of the caching allocator's own count
  allocator_allocated_peak = 1,  ///< the same, rounded to blocks
  device_used = 2,               ///< of the device, by all processes
  device_total = 3,
};
inline constexpr int kGauges = 4;

enum class DeviceType : std::uint8_t { cpu = 0, cuda = 1 };

/// One thing that happened, as it travels from a hook to the trace file.
///
/// Trivially copyable and of fixed size, so that a hook can record it without allocating. The position of an event in
/// the trace is its place in the one total order of the process; `time_ns` is for people.
struct Event {
  std::uint64_t time_ns = 0;     ///< steady clock, since the session began
  std::uint64_t address = 0;     ///< of the storage, as the program sees it
  Bytes bytes = 0;               ///< by kind, see EventKind
  ScopeId scope = 0;             ///< operator and module path of the thread at that moment
  NameId name = 0;               ///< by kind
  TensorTypeId tensor_type = 0;  ///< by kind
  std::uint32_t thread = 0;      ///< small number given to each thread by the session, from 1
  EventKind kind = EventKind::allocate;
  std::uint8_t detail = 0;  ///< Phase, Role, Gauge or arena, by kind
  DeviceType device = DeviceType::cpu;
  std::uint8_t device_index = 0;

  Phase phase() const { return static_cast<Phase>(detail); }
  Role role() const { return static_cast<Role>(detail); }
  Gauge gauge() const { return static_cast<Gauge>(detail); }
  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 48 && std::is_trivially_copyable_v<Event>);

std::string_view to_string(EventKind kind);
std::string_view to_string(Phase phase);  ///< "optimizer step", as people read it
std::string_view to_string(Role role);

}  // namespace profile_train
