#pragma once

#include <cstdint>

namespace profile_train::hooks {

/// Puts itself before LibTorch's CPU allocator and records every allocation and release of a tensor's memory, on every
/// thread.
///
/// Installed by the first session and left in place: memory it handed out may be released at any time. Without a
/// session it adds one relaxed load to an allocation and nothing to a release.
void install_cpu_allocator();

/// True if the running session saw the birth of this storage's memory. `deleter` is that of its DataPtr.
bool born_in_this_session(void (*deleter)(void*)) noexcept;

}  // namespace profile_train::hooks
