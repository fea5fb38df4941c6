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
  free_requested = 10,      ///< address: the program let go of it; `free` follows once no stream uses it any more
  segment_allocate = 11,    ///< address, bytes, detail = arena: memory that the allocator got from the driver
  segment_free = 12,        ///< address, bytes, detail = arena
  segment_map = 13,         ///< address, bytes, detail = arena: memory put behind a part of an expandable segment
  segment_unmap = 14,       ///< address, bytes, detail = arena
  out_of_memory = 15,       ///< bytes: asked for, rounded; address: free on the device, in bytes
  arena = 16,               ///< detail = its number on this device, address = stream, bytes = memory pool, 0 if none
  gauge = 17,               ///< detail = Gauge, bytes: a figure that device or allocator tells of itself
  block = 18,               ///< address, bytes, detail = flags of BlockFlag: how a segment was divided at the beginning
  allocator_settings = 19,  ///< name: the settings in effect from here on, as written for PYTORCH_ALLOC_CONF
  // Of the driver, beneath every allocation: no part of what was requested.
  driver_allocate = 20,  ///< address, bytes, detail = DriverMemory, name = the library that asked
  driver_free = 21,      ///< address, detail = DriverMemory; of `physical` memory one of several references
  driver_map = 22,       ///< bytes = handle of `physical` memory, address = where; 0: only one more reference to it
  driver_unmap = 23,     ///< address, bytes: everything that was mapped there
  driver_pool = 24,      ///< address = a pool of stream-ordered memory, bytes: what it holds of the device
};
inline constexpr int kEventKinds = 25;

/// What a block event says of the block besides its place and size. The numbers are part of the trace format.
enum BlockFlag : std::uint8_t {
  block_in_use = 1,      ///< the program has it
  block_awaited = 2,     ///< the program let go of it, but a stream still uses it
  block_small = 4,       ///< in the pool for requests up to 1 MiB
  block_expandable = 8,  ///< in a segment that can grow
};

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
  recompute = 8,  ///< forward once more, inside backward: gradient checkpointing
};
inline constexpr int kPhases = 9;

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
  process_peak = 4,            ///< of the device, by this process: the most that NVML told in the session
  device_at_process_peak = 5,  ///< by all processes, as NVML told it then
  process_at_start = 6,        ///< by this process when the session began
};
inline constexpr int kGauges = 7;

/// What memory the driver gave. The numbers are part of the trace format.
enum class DriverMemory : std::uint8_t {
  device = 0,
  managed = 1,
  pinned = 2,            ///< page-locked memory of the host
  pooled = 3,            ///< of the device, in the order of a stream, from a pool
  physical = 4,          ///< of the device, without an address until it is mapped; the event's address is its handle
  module_variables = 5,  ///< of the device, for the variables of a loaded module
};
inline constexpr int kDriverMemories = 6;

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
  std::uint8_t detail = 0;  ///< Phase, Role, Gauge, DriverMemory or arena, by kind
  DeviceType device = DeviceType::cpu;
  std::uint8_t device_index = 0;

  Phase phase() const { return static_cast<Phase>(detail); }
  Role role() const { return static_cast<Role>(detail); }
  Gauge gauge() const { return static_cast<Gauge>(detail); }
  DriverMemory driver_memory() const { return static_cast<DriverMemory>(detail); }
  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 48 && std::is_trivially_copyable_v<Event>);

std::string_view to_string(EventKind kind);
std::string_view to_string(Phase phase);  ///< "optimizer step", as people read it
std::string_view to_string(Role role);

}  // namespace profile_train
