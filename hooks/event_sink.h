#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "hooks/event_ring.h"
#include "hooks/intern_table.h"
#include "hooks/scope_table.h"
#include "hooks/thread_state.h"
#include "profiler/event.h"

namespace profile_train::hooks {

/// Where hooks put events: the ring, the tables that name things, and counters of what was lost.
///
/// One a process, made by the first session and never destroyed, because a hook on another thread may still be inside
/// it when a session ends. Ids stay valid from session to session. Any thread may record; begin() and end() belong to
/// the session.
class EventSink {
 public:
  EventSink(std::size_t ring_events, std::uint32_t max_names, std::uint32_t max_scopes);

  /// One relaxed load: what a hook costs while no session runs.
  bool recording() const noexcept { return recording_.load(std::memory_order_relaxed); }

  /// Number of the running or latest session, from 1.
  std::uint32_t session() const noexcept { return session_.load(std::memory_order_relaxed); }

  void begin() noexcept;  ///< forgets what is left in the ring, zeroes clock and counters; before there is a recorder
  void end() noexcept;

  /// Fills in time, thread and scope, and pushes. Takes no lock, allocates nothing; counts the event if it was lost.
  void record(Event event, ReentryToken) noexcept;
  /// The same for what is no hook itself: nothing happens inside a hook or without a session.
  void record(Event event) noexcept;

  /// Enters and leaves a frame of the calling thread.
  void enter(NameId name, ScopeKind kind) noexcept;
  void enter_backward(NameId module, NameId node) noexcept;
  void leave() noexcept { thread_state().leave(); }

  EventRing ring;
  InternTable names;
  InternTable tensor_types;  ///< keys as made by tensor_type.h
  ScopeTable scopes;

  std::uint64_t dropped_events() const noexcept { return dropped_events_.load(std::memory_order_relaxed); }
  std::uint64_t dropped_scopes() const noexcept { return dropped_scopes_.load(std::memory_order_relaxed); }
  std::uint64_t hook_samples() const noexcept { return hook_samples_.load(std::memory_order_relaxed); }
  std::uint64_t hook_ns() const noexcept { return hook_ns_.load(std::memory_order_relaxed); }
  Bytes memory_bytes() const noexcept;

 private:
  ScopeId child_or_parent(ScopeId parent, NameId name, ScopeKind kind) noexcept;

  std::atomic<bool> recording_{false};
  std::atomic<std::uint32_t> session_{0};
  std::atomic<std::uint64_t> began_ns_{0};
  std::atomic<std::uint64_t> dropped_events_{0};
  std::atomic<std::uint64_t> dropped_scopes_{0};
  std::atomic<std::uint64_t> hook_samples_{0};
  std::atomic<std::uint64_t> hook_ns_{0};
};

/// The sink of this process. The first call makes it.
EventSink& process_sink();

}  // namespace profile_train::hooks
