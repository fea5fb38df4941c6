#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "simulator/streams.h"

namespace profile_train::simulator {

/// Collectives whose tensors PyTorch holds until its watchdog thread, which looks ten times a second, has seen their
/// end event and the next collective is issued. Steps take a few milliseconds here: what is alive would depend on luck.
///
/// So a collective ends, for the watchdog, when something waits for it, as a stream or the host; and who issues the
/// next one is held up until the watchdog has seen all that have ended. Those whose end event itself was waited for
/// are left out: PyTorch lets go of their tensors there and then. Thread-safe.
class Collectives {
 public:
  using Clock = std::chrono::steady_clock;

  /// `patience`: until a watchdog must have come by; it looks every 100 ms. There may be none:
  /// TORCH_NCCL_BLOCKING_WAIT. `longest`: of a work that nobody waits for. A program may end without having waited for
  /// its last ones, and joins the watchdog's thread then.
  explicit Collectives(Clock::duration patience = std::chrono::seconds(5),
                       Clock::duration longest = std::chrono::seconds(3))
      : patience_(patience), longest_(longest) {}

  /// A collective is about to be issued. False, once, if the watchdog did not come by: it is not waited for again.
  bool settle();
  /// A collective was issued on a stream that is not the one PyTorch computes on.
  void issued(Handle stream);
  void recorded(Handle event, Handle stream);
  void destroyed(Handle event);
  /// A stream waits for the event.
  void waited_for(Handle event);
  /// The host waited for a stream, an event, a device, or a communicator ends.
  void synchronised();
  /// What a query of the event answers on this thread.
  bool has_ended(Handle event);

  /// Whether the calling thread is one of PyTorch's watchdogs.
  static bool on_watchdog();

 private:
  struct Stream {
    std::uint64_t issued = 0;       ///< collectives so far
    bool awaits_end_event = false;  ///< none was recorded since the last one
  };
  struct Place {  ///< on a stream, behind its first `issued` collectives
    Handle stream = 0;
    std::uint64_t issued = 0;
  };
  struct Work {
    Place place;
    Clock::time_point since;
    bool ended = false;
    int looks = 0;
  };

  void end_until_locked(Place place);
  bool all_seen_locked() const;

  const Clock::duration patience_;
  const Clock::duration longest_;
  std::atomic<bool> any_{false};  // most programs have none: their events cost a load
  mutable std::mutex mutex_;
  std::condition_variable seen_;
  bool given_up_ = false;
  std::unordered_map<Handle, Stream> streams_;
  std::unordered_map<Handle, Work> works_;    // by end event
  std::unordered_map<Handle, Place> places_;  // of other events
};

}  // namespace profile_train::simulator
