#pragma once

#include <cstdint>
#include <vector>

#include "profiler/import/snapshot.h"

namespace profile_train::import {

/// What a device held before the first event of its history.
struct Beginning {
  struct Segment {
    std::uint64_t address = 0;
    Bytes bytes = 0;
    std::uint64_t stream = 0;
    Bytes pool = 0;
    bool expandable = false;
  };
  struct Block {
    std::uint64_t address = 0;
    Bytes bytes = 0;
    std::uint64_t stream = 0;
    StackId stack = 0;
  };
  std::vector<Segment> segments;     ///< by address
  std::vector<Block> blocks;         ///< by address
  std::uint64_t contradictions = 0;  ///< blocks that history and final state disagree about
};

/// A history has no beginning of its own: it starts when recording did, or with the oldest event that was kept. What
/// was there then is what is there at the end, taken back event by event; and what is released without having been
/// allocated.
Beginning beginning_of(const Snapshot& snapshot, std::size_t device);

}  // namespace profile_train::import
