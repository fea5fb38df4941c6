#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace profile_train::cli {

void Progress::show(std::int64_t done, std::int64_t total, std::string_view what) {
  constexpr std::int64_t kCells = 24;
  const std::int64_t filled = total > 0 ? std::clamp(done * kCells / total, std::int64_t{0}, kCells) : 0;
  std::string bar;
  for (std::int64_t i = 0; i < kCells; ++i) bar += i < filled ? "█" : "░";
  draw(fmt::format("{} {}/{}  {}", bar, done, total, what));
}

void Progress::show(std::string_view what) { draw(std::string(what)); }

void Progress::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

void Progress::draw(const std::string& line) {
  if (!enabled_) return;
  fmt::print(stderr, "\r\x1b[K{}", line);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace profile_train::cli
