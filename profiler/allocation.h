#pragma once

#include <cstdint>
#include <limits>

#include "profiler/category.h"
#include "profiler/event.h"

namespace profile_train {

/// Position of an event in the trace; the horizontal axis of "event order".
using EventIndex = std::uint32_t;
inline constexpr EventIndex kNever = std::numeric_limits<EventIndex>::max();

/// An address range with a birth and a death: one storage from its allocation to its release.
struct Allocation {
  std::uint64_t address = 0;
  Bytes bytes = 0;
  EventIndex born = 0;
  EventIndex died = kNever;  ///< kNever: still alive when the trace ends
  ScopeId scope = 0;         ///< operator and module path at birth
  TensorTypeId tensor_type = 0;
  NameId name = 0;             ///< parameter name for weights, gradients and optimizer state; 0 otherwise
  std::int32_t born_step = 0;  ///< 0: outside every step
  std::int32_t died_step = 0;
  Phase born_phase = Phase::other;
  Phase died_phase = Phase::other;
  Role role = Role::none;
  Category category = Category::unknown;
  DeviceType device = DeviceType::cpu;
  std::uint8_t device_index = 0;
  bool carried_in = false;

  bool alive_at(EventIndex index) const { return born <= index && index < died; }
};

}  // namespace profile_train
