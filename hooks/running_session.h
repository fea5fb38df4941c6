#pragma once

#include "profiler/event.h"

namespace profile_train::hooks {

/// Lets the running session look again at gradients and optimizer state, at the end of `ended`. Training thread only;
/// does nothing on the thread of another or without a session.
void refresh_roles_of_running_session(Phase ended) noexcept;

/// Lets the running session ask NVML for the memory of this process, if that is due: at the end of a step. Training
/// thread only, as above.
void read_figures_of_running_session() noexcept;

}  // namespace profile_train::hooks
