#include "hooks/out_of_memory.h"

#include <mutex>
#include <utility>

namespace profile_train::hooks {

namespace {

struct Listener {
  std::mutex mutex;  // held while the handler runs: one failure is told at a time, and none after its session
  std::function<void()> handler;
};

// Never destroyed: a thread may run out of memory while the process ends.
Listener& listener() {
  static auto* const only = new Listener;
  return *only;
}

thread_local bool in_handler = false;

}  // namespace

void set_out_of_memory_handler(std::function<void()> handler) {
  Listener& now = listener();
  const std::lock_guard lock(now.mutex);
  now.handler = std::move(handler);
}

void tell_of_failed_request() noexcept {
  if (in_handler) return;
  in_handler = true;
  try {
    Listener& now = listener();
    const std::lock_guard lock(now.mutex);
    if (now.handler) now.handler();
  } catch (...) {  // the report is lost; the program gets its exception all the same
  }
  in_handler = false;
}

}  // namespace profile_train::hooks
