#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/event.h"
#include "profiler/import/pickle.h"
#include "profiler/result.h"

namespace profile_train::import {

/// A stack frame as PyTorch noted it: Python's with file and line, C++'s with a demangled name.
struct SnapshotFrame {
  std::string_view name;
  std::string_view file;
  std::int64_t line = 0;
};

using StackId = std::uint32_t;  ///< position in Snapshot::stacks; 0 is the empty stack

enum class SnapshotAction : std::uint8_t {
  alloc,
  free_requested,
  free_completed,
  segment_alloc,
  segment_free,
  segment_map,
  segment_unmap,
  out_of_memory,
};

struct SnapshotEvent {
  SnapshotAction action = SnapshotAction::alloc;
  std::uint64_t address = 0;  ///< of out_of_memory: bytes free on the device
  Bytes bytes = 0;
  std::uint64_t stream = 0;
  std::int64_t time_us = 0;
  StackId stack = 0;
};

/// A block that was in use when the snapshot was taken.
struct SnapshotBlock {
  std::uint64_t address = 0;
  Bytes requested_bytes = 0;
  StackId stack = 0;
};

struct SnapshotSegment {
  std::uint8_t device = 0;
  std::uint64_t address = 0;
  Bytes bytes = 0;
  std::uint64_t stream = 0;
  Bytes pool = 0;  ///< as in profiler/event.h
  bool expandable = false;
  std::vector<SnapshotBlock> blocks;
};

/// What torch.cuda.memory._dump_snapshot() wrote: the history of each device, and its state at the end.
///
/// Texts are views into the file that the pickle was read from.
struct Snapshot {
  std::vector<std::vector<SnapshotEvent>> traces;  ///< by number of the device
  std::vector<SnapshotSegment> segments;
  std::vector<SnapshotFrame> frames;
  std::vector<std::vector<std::uint32_t>> stacks = {{}};  ///< positions in `frames`, from the inside out
  std::string_view settings;                              ///< PYTORCH_CUDA_ALLOC_CONF; empty: none, or not known
};

/// Takes a snapshot out of a pickle. Whatever the pickle holds, this takes time in proportion to the size of its file.
/// Keys and values that are missing or of another type are errors that name their place: "device_traces[0][5]['size']".
Result<Snapshot> read_snapshot(const Pickle& pickle, std::string_view name);

}  // namespace profile_train::import
