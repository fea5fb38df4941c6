#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "profiler/event.h"

namespace profile_train::hooks {

/// What a caching allocator never mixes: blocks of one stream in one memory pool.
struct Arena {
  std::uint64_t stream = 0;  ///< the driver's handle; 0: the default stream
  Bytes pool = 0;            ///< 0: everybody's; above: of a CUDA graph; below: made by the program
  friend bool operator==(const Arena&, const Arena&) = default;
};

/// Gives each arena of a device a number that fits into an event; 0 is the default stream and everybody's pool.
///
/// Used under that device's lock. A program has a handful of arenas: they are searched one by one. Those that do not
/// fit share the last number.
class ArenaTable {
 public:
  static constexpr std::size_t kMaxArenas = 64;
  struct Found {
    std::uint8_t number;
    bool is_new;
  };

  Found find_or_add(const Arena& arena) noexcept {
    if (arena == Arena{}) return {0, false};
    for (std::size_t i = 0; i < size_; ++i)
      if (arenas_[i] == arena) return {static_cast<std::uint8_t>(i + 1), false};
    if (size_ == arenas_.size()) return {static_cast<std::uint8_t>(size_), false};
    arenas_[size_++] = arena;
    return {static_cast<std::uint8_t>(size_), true};
  }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<Arena, kMaxArenas - 1>
      arenas_{};  ///< number 1 first; all zero, so that a table for each device costs nothing
  std::size_t size_ = 0;
};

}  // namespace profile_train::hooks
