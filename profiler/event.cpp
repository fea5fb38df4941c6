#include "profiler/event.h"

namespace profile_train {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::allocate: return "allocate";
    case EventKind::free: return "free";
    case EventKind::carried_in: return "carried in";
    case EventKind::role: return "role";
    case EventKind::describe: return "describe";
    case EventKind::phase_begin: return "phase begin";
    case EventKind::phase_end: return "phase end";
    case EventKind::step_begin: return "step begin";
    case EventKind::step_end: return "step end";
    case EventKind::metric: return "metric";
    case EventKind::free_requested: return "free requested";
    case EventKind::segment_allocate: return "segment allocate";
    case EventKind::segment_free: return "segment free";
    case EventKind::segment_map: return "segment map";
    case EventKind::segment_unmap: return "segment unmap";
    case EventKind::out_of_memory: return "out of memory";
    case EventKind::arena: return "arena";
    case EventKind::gauge: return "gauge";
    case EventKind::block: return "block";
    case EventKind::allocator_settings: return "allocator settings";
    case EventKind::driver_allocate: return "driver allocate";
    case EventKind::driver_free: return "driver free";
    case EventKind::driver_map: return "driver map";
    case EventKind::driver_unmap: return "driver unmap";
    case EventKind::driver_pool: return "driver pool";
  }
  return "?";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::other: return "other";
    case Phase::init: return "init";
    case Phase::data: return "data";
    case Phase::forward: return "forward";
    case Phase::loss: return "loss";
    case Phase::backward: return "backward";
    case Phase::optimizer_step: return "optimizer step";
    case Phase::zero_grad: return "zero grad";
    case Phase::recompute: return "recompute";
  }
  return "?";
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::none: return "none";
    case Role::parameter: return "parameter";
    case Role::buffer: return "buffer";
    case Role::gradient: return "gradient";
    case Role::optimizer_state: return "optimizer state";
    case Role::input: return "input";
    case Role::workspace: return "workspace";
  }
  return "?";
}

}  // namespace profile_train
