#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "hooks/zeroed_array.h"
#include "profiler/event.h"

namespace profile_train::hooks {

/// Gives each distinct byte string a small id, from 1, that stays valid for the life of the table.
///
/// Any thread may intern and read. Finding a known string takes no lock; adding a new one takes a short mutex that
/// never covers input or output. Nothing is allocated after construction. A full table answers 0, "none".
class InternTable {
 public:
  InternTable(std::uint32_t max_entries, std::uint32_t max_text_bytes);

  std::uint32_t intern(std::string_view text) noexcept;

  /// Ids 1 … size() are readable, by any thread.
  std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  std::string_view text(std::uint32_t id) const noexcept;

  /// Memory in use, not reserved.
  Bytes memory_bytes() const noexcept;

 private:
  struct Entry {
    std::uint64_t hash;
    std::uint32_t offset;
    std::uint32_t length;
  };
  std::uint32_t find(std::string_view text, std::uint64_t hash) const noexcept;

  const std::uint32_t max_entries_;
  const std::uint32_t max_text_bytes_;
  const std::uint32_t slot_mask_;
  ZeroedArray<std::atomic<std::uint32_t>> slots_;  ///< open addressing: id, 0 if empty
  ZeroedArray<Entry> entries_;                     ///< by id
  ZeroedArray<char> text_;
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint32_t> text_used_{0};
  std::mutex adding_;
};

}  // namespace profile_train::hooks
