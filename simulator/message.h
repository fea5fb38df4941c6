#pragma once

#include <fmt/format.h>

#include <cstdio>

namespace profile_train::simulator {

/// One line on stderr, marked as the simulated device's. The program's own output stays as it is.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const std::string line = "[simulated CUDA] " + fmt::format(format, std::forward<Arguments>(arguments)...) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);  // one call: lines of threads do not mix
  std::fflush(stderr);
}

}  // namespace profile_train::simulator
