#pragma once

#include "simulator/settings.h"

namespace profile_train::simulator {

/// What profile-train put into the environment; a card of one's own choice cannot be had without it. Ends the process
/// with a sentence if the variable holds something else. The one place of the library that reads the environment.
Settings settings_from_environment();

}  // namespace profile_train::simulator
