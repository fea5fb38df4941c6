#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "profiler/event.h"

namespace profile_train::hooks {

/// A bounded queue from the hooks, on any thread, to the recorder, on one.
///
///   - The order of successful pushes is the one total order of the trace.
///   - push() takes no lock and never waits. If the ring is full it says so, and the caller counts the loss.
///   - What happens before a push on one thread precedes, in the ring, what happens after it on another. A release is
///     pushed before the memory goes back and an allocation after it was handed out, so that an address is never live
///     twice.
///   - A slot is one cache line: 64 bytes an event in flight.
class EventRing {
 public:
  /// `capacity` events, rounded up to a power of two.
  explicit EventRing(std::size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), slots_(std::make_unique<Slot[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
  }

  /// Any thread. False if the ring is full.
  bool push(const Event& event) noexcept {
    std::uint64_t position = head_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[position & mask_];
      const std::uint64_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == position) {
        if (head_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          slot.event = event;
          slot.turn.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (turn < position) {
        return false;  // the recorder has not emptied this slot yet
      } else {
        position = head_.load(std::memory_order_relaxed);
      }
    }
  }

  /// The recorder's thread only. Moves what is ready into `out`, oldest first; returns how many.
  std::size_t pop(std::span<Event> out) noexcept {
    std::size_t count = 0;
    for (; count < out.size(); ++count, ++tail_) {
      Slot& slot = slots_[tail_ & mask_];
      if (slot.turn.load(std::memory_order_acquire) != tail_ + 1) break;
      out[count] = slot.event;
      slot.turn.store(tail_ + mask_ + 1, std::memory_order_release);
    }
    return count;
  }

  std::size_t capacity() const noexcept { return mask_ + 1; }
  Bytes memory_bytes() const noexcept { return static_cast<Bytes>(capacity() * sizeof(Slot)); }

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> turn;  ///< position that may write here; position + 1 once it has
    Event event;
  };
  static_assert(sizeof(Slot) == 64);

  std::size_t mask_;
  std::unique_ptr<Slot[]> slots_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::uint64_t tail_ = 0;
};

}  // namespace profile_train::hooks
