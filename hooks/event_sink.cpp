#include "hooks/event_sink.h"

#include <time.h>

namespace profile_train::hooks {

namespace {

constexpr std::size_t kRingEvents = 1 << 16;  // 4 MiB; at a million events a second, 65 ms of a stalled recorder
constexpr std::uint32_t kMaxNames = 1 << 16;
constexpr std::uint32_t kMaxScopes = 1 << 18;  // a 100-block model has some 20,000
constexpr std::uint32_t kNameBytes = 48;       // on average
constexpr std::uint64_t kSampleEvery = 64;     // one record in so many is timed

std::atomic<std::uint32_t> threads_seen{0};  // as ThreadState: for the process, not for a sink

// clock_gettime, not std::chrono: the same clock, named in the trace's header.
std::uint64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

EventSink::EventSink(std::size_t ring_events, std::uint32_t max_names, std::uint32_t max_scopes)
    : ring(ring_events),
      names(max_names, max_names * kNameBytes),
      tensor_types(max_names, max_names * kNameBytes),
      scopes(max_scopes) {}

void EventSink::begin() noexcept {
  Event late;  // pushed by a thread that was inside a hook when the previous session ended
  while (ring.pop({&late, 1}) == 1) {
  }
  dropped_events_ = 0;
  dropped_scopes_ = 0;
  hook_samples_ = 0;
  hook_ns_ = 0;
  began_ns_ = now_ns();
  ++session_;
  recording_.store(true, std::memory_order_release);
}

void EventSink::end() noexcept { recording_.store(false, std::memory_order_release); }

void EventSink::record(Event event, ReentryToken) noexcept {
  ThreadState& thread = thread_state();
  if (thread.number == 0) thread.number = threads_seen.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t now = now_ns();
  const std::uint64_t began = began_ns_.load(std::memory_order_relaxed);
  event.time_ns = now > began ? now - began : 0;
  event.thread = thread.number;
  event.scope = thread.scope;
  if (!ring.push(event)) [[unlikely]]
    dropped_events_.fetch_add(1, std::memory_order_relaxed);

  if (++thread.records % kSampleEvery == 0) [[unlikely]] {
    hook_samples_.fetch_add(1, std::memory_order_relaxed);
    hook_ns_.fetch_add(now_ns() - now, std::memory_order_relaxed);
  }
}

void EventSink::record(Event event) noexcept {
  if (!recording()) return;
  const ReentryGuard guard;
  if (guard) record(event, guard.token());
}

ScopeId EventSink::child_or_parent(ScopeId parent, NameId name, ScopeKind kind) noexcept {
  const ScopeId child = name == 0 ? 0 : scopes.child(parent, name, kind);
  if (child != 0) return child;
  dropped_scopes_.fetch_add(1, std::memory_order_relaxed);
  return parent;
}

void EventSink::enter(NameId name, ScopeKind kind) noexcept {
  ThreadState& thread = thread_state();
  thread.enter(child_or_parent(thread.scope, name, kind), kind == ScopeKind::module ? name : thread.module);
}

void EventSink::enter_backward(NameId module, NameId node) noexcept {
  ThreadState& thread = thread_state();
  const ScopeId outer = module == 0 ? thread.scope : child_or_parent(thread.scope, module, ScopeKind::module);
  thread.enter(child_or_parent(outer, node, ScopeKind::backward), module == 0 ? thread.module : module);
}

Bytes EventSink::memory_bytes() const noexcept {
  return ring.memory_bytes() + names.memory_bytes() + tensor_types.memory_bytes() + scopes.memory_bytes();
}

EventSink& process_sink() {
  static auto* const sink = new EventSink(kRingEvents, kMaxNames, kMaxScopes);  // never destroyed, on purpose
  return *sink;
}

}  // namespace profile_train::hooks
