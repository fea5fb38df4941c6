#include "simulator/launches.h"

#include <fmt/format.h>

#include <limits>

namespace profile_train::simulator {
namespace {

std::chrono::steady_clock::time_point after(double seconds) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Launches::Launches(std::uint64_t max_launches, double max_seconds, void (*over_limit)(const char*))
    : max_launches_(max_launches > 0 ? max_launches : std::numeric_limits<std::uint64_t>::max()),
      deadline_(after(max_seconds)),
      timed_(max_seconds > 0.0),
      limited_(max_launches > 0 || timed_),
      over_limit_(over_limit),
      max_seconds_(max_seconds) {}

void Launches::check(std::uint64_t count) {
  const bool too_many = count > max_launches_;
  const bool too_long = timed_ && std::chrono::steady_clock::now() > deadline_;
  if ((!too_many && !too_long) || stopped_.exchange(true)) return;
  const std::string sentence =
      too_many ? fmt::format("stopped after {} launches, the limit that was set", max_launches_)
               : fmt::format("stopped after {} s and {} launches, the limit that was set", max_seconds_, count);
  over_limit_(sentence.c_str());
}

}  // namespace profile_train::simulator
