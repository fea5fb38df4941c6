#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "profiler/event.h"

namespace profile_train::import {

/// One allocation of an imported history. Times are positions in the history.
struct Life {
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  Bytes bytes = 0;
  std::uint32_t born = 0;
  std::uint32_t died = kNever;
  std::uint8_t device = 0;
  bool carried_in = false;  ///< there before the history begins
  bool workspace = false;   ///< its stack says so
};

/// Roles of allocations from when they live: a history has no names of tensors.
///
/// `phases`: the phase of each position. What survives an optimizer step it was born in is optimizer state; what
/// backward leaves to the optimizer is a gradient; what was made before training and stays is a weight, and of what was
/// there before the history began, as many blocks of a size are weights as there are gradients of that size. What no
/// rule fits keeps Role::none.
std::vector<Role> infer_roles(const std::vector<Life>& lives, const std::vector<Phase>& phases);

}  // namespace profile_train::import
