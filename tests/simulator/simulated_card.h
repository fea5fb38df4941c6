#pragma once

#include <cstdlib>

#include "simulator/settings.h"

namespace profile_train::simulator {

/// Settings of a process that simulates one card like an H200.
inline Settings h200_settings() {
  Settings settings;
  settings.card.key = "h200";
  settings.card.name = "NVIDIA H200";
  settings.card.compute_major = 9;
  settings.card.memory_bytes = std::uint64_t{141} << 30;
  settings.card.multiprocessors = 132;
  settings.card.max_threads_per_multiprocessor = 2048;
  settings.card.max_blocks_per_multiprocessor = 32;
  return settings;
}

/// Puts settings where the first call of any entry point looks for them; later calls in the process change nothing.
inline void simulate(const Settings& settings = h200_settings()) {
  ::setenv(kSettingsVariable, encode(settings).c_str(), 1);  // NOLINT(concurrency-mt-unsafe): before any thread
}

}  // namespace profile_train::simulator
