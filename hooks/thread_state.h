#pragma once

#include <array>
#include <cstdint>

#include "profiler/event.h"

namespace profile_train::hooks {

/// What the hooks know about the thread they run on: where it is in the tree of scopes, and whether a hook runs.
///
/// Plain data in thread-local storage, zero at the start of a thread, without destructor: hooks may run while a thread
/// ends.
struct ThreadState {
  static constexpr std::uint32_t kMaxDepth = 256;  // deeper frames are not told apart

  struct Frame {
    ScopeId scope;
    NameId module;
  };

  ScopeId scope;                       ///< innermost frame
  NameId module;                       ///< innermost module path, 0 if none
  std::uint32_t depth;                 ///< frames entered, also those beyond kMaxDepth
  std::uint32_t number;                ///< small number of the thread, 0 until its first event
  std::uint64_t records;               ///< events recorded, to time one in so many
  bool in_hook;                        ///< see ReentryGuard
  std::uint8_t fresh_count;            ///< allocations of this thread that no operator has described yet
  std::array<std::uint64_t, 8> fresh;  ///< their addresses, the latest
  std::array<Frame, kMaxDepth> outer;  ///< what to return to

  /// Notes an allocation that the operator around it may describe when it returns.
  void remember_fresh(std::uint64_t address) noexcept {
    if (fresh_count == fresh.size()) {  // nobody described the oldest
      for (std::size_t i = 1; i < fresh.size(); ++i) fresh[i - 1] = fresh[i];
      --fresh_count;
    }
    fresh[fresh_count++] = address;
  }

  void enter(ScopeId inner, NameId inner_module) noexcept {
    if (depth < kMaxDepth) {
      outer[depth] = Frame{scope, module};
      scope = inner;
      module = inner_module;
    }
    ++depth;
  }

  void leave() noexcept {
    if (depth == 0) return;  // entered before the first session began
    if (--depth < kMaxDepth) {
      scope = outer[depth].scope;
      module = outer[depth].module;
    }
  }
};

inline ThreadState& thread_state() noexcept {
  static constinit thread_local ThreadState state{};
  return state;
}

/// Proof that this thread is not already inside a hook. Functions that must not be re-entered ask for one, so that
/// forgetting the check does not compile. Only a ReentryGuard can make it.
class ReentryToken {
  friend class ReentryGuard;
  ReentryToken() = default;
};

/// Marks the thread as inside a hook for as long as it lives; false if it was already.
class ReentryGuard {
 public:
  ReentryGuard() noexcept : entered_(!thread_state().in_hook) { thread_state().in_hook = true; }
  ~ReentryGuard() {
    if (entered_) thread_state().in_hook = false;
  }
  ReentryGuard(const ReentryGuard&) = delete;
  ReentryGuard& operator=(const ReentryGuard&) = delete;

  explicit operator bool() const noexcept { return entered_; }
  ReentryToken token() const noexcept { return {}; }

 private:
  bool entered_;
};

}  // namespace profile_train::hooks
