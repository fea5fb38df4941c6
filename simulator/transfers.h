#pragma once

#include <cstddef>
#include <cstdint>

#include "simulator/status.h"

namespace profile_train::simulator {

/// What item() is reading on this thread: tells how to answer. Set while it runs.
struct ScalarRead {
  std::int32_t dtype = -1;  ///< c10::ScalarType; -1: no item() is running
};
ScalarRead& scalar_read() noexcept;

/// Copies between host and device, in any direction, as cudaMemcpy does. Contents of the device are mostly not known:
/// a read by the host gives what is known, else an answer by the operator that made the value, else zeros, and is
/// counted with its place in the program.
Status copy(void* to, const void* from, std::size_t bytes);
Status fill(void* device, unsigned char value, std::size_t bytes);

}  // namespace profile_train::simulator
