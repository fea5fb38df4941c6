#pragma once

namespace profile_train::cli {

/// While it lives, the first Ctrl-C (or SIGTERM) asks the training to stop; the second ends the program at once, and
/// the trace is then readable up to its last complete chunk. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const noexcept;
};

}  // namespace profile_train::cli
