#pragma once

namespace profile_train::simulator {

/// From now on, a host access to simulated device memory ends the program with a message that names the allocation.
/// Other faults go to whoever handled them before.
void stop_at_host_access();

}  // namespace profile_train::simulator
