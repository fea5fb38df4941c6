#pragma once

#include <nccl.h>

#include <optional>

#include "simulator/communicators.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {

// What the two files of NCCL's entry points have in common.

inline std::optional<Communicator> find(ncclComm_t communicator) {
  return communicators().find(reinterpret_cast<Handle>(communicator));
}

}  // namespace profile_train::simulator
