#pragma once

#include <atomic>
#include <cstdint>

#include "hooks/zeroed_array.h"
#include "profiler/event.h"

namespace profile_train::hooks {

/// Which module a forward operator ran in, found again in backward by autograd's sequence number.
///
/// Autograd numbers its nodes per forward thread; a backward node knows both. A direct-mapped cache: a newer node may
/// take an older one's place, and the older one's module is then unknown, never wrong. Any thread, no lock.
class SequenceTable {
 public:
  void put(std::uint64_t thread, std::int64_t sequence, NameId module) noexcept {
    slot(thread, sequence).store(tag(thread, sequence) | module, std::memory_order_relaxed);
  }

  /// 0 if not known.
  NameId find(std::uint64_t thread, std::int64_t sequence) const noexcept {
    const std::uint64_t entry = slot(thread, sequence).load(std::memory_order_relaxed);
    return (entry & ~kModuleMask) == tag(thread, sequence) ? static_cast<NameId>(entry & kModuleMask) : 0;
  }

 private:
  static constexpr std::uint64_t kSlots = 1 << 16;  // nodes of one forward pass: some 30 a block
  static constexpr std::uint64_t kModuleMask = (1 << 24) - 1;

  // 40 bits of thread and sequence beside 24 of the module's name: one word, so that an entry is never half written.
  static std::uint64_t tag(std::uint64_t thread, std::int64_t sequence) noexcept {
    return ((thread << 32) ^ static_cast<std::uint64_t>(sequence)) << 24;
  }
  std::atomic<std::uint64_t>& slot(std::uint64_t thread, std::int64_t sequence) noexcept {
    return slots_[(static_cast<std::uint64_t>(sequence) + thread * 7919) % kSlots];
  }
  const std::atomic<std::uint64_t>& slot(std::uint64_t thread, std::int64_t sequence) const noexcept {
    return slots_[(static_cast<std::uint64_t>(sequence) + thread * 7919) % kSlots];
  }

  ZeroedArray<std::atomic<std::uint64_t>> slots_{kSlots};
};

}  // namespace profile_train::hooks
