#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace profile_train::simulator {

/// What a program can ask a CUDA device about itself, as far as memory depends on it. Sizes in bytes.
///
/// Plain data: read from a YAML file by `card_file.h`, handed to the simulated process by `settings.h`.
struct Card {
  std::string key;   ///< "h200": the name of its file, what people type
  std::string name;  ///< "NVIDIA H200": what the driver reports
  int compute_major = 0;
  int compute_minor = 0;
  std::uint64_t memory_bytes = 0;  ///< total, as the driver reports it (less than the number on the box)
  int multiprocessors = 0;
  int max_threads_per_multiprocessor = 0;
  int max_blocks_per_multiprocessor = 0;
  int registers_per_multiprocessor = 65536;
  std::uint64_t shared_memory_per_block = 49152;
  std::uint64_t shared_memory_per_block_optin = 0;
  std::uint64_t shared_memory_per_multiprocessor = 0;
  std::uint64_t l2_cache_bytes = 0;
  int clock_khz = 0;
  int memory_clock_khz = 0;
  int memory_bus_bits = 0;
  /// Device memory that a process takes before its first allocation. None: not measured.
  std::optional<std::uint64_t> context_bytes;

  friend bool operator==(const Card&, const Card&) = default;
};

}  // namespace profile_train::simulator
