#include "simulator/cupti.h"

#include <cupti.h>

#include <chrono>
#include <utility>

namespace profile_train::simulator {

static_assert(Cupti::kDomains == CUPTI_CB_DOMAIN_SIZE);
static_assert(Cupti::kCallbacks >= CUPTI_DRIVER_TRACE_CBID_SIZE && Cupti::kCallbacks >= CUPTI_RUNTIME_TRACE_CBID_SIZE);
static_assert(Cupti::kKinds >= CUPTI_ACTIVITY_KIND_COUNT);

std::optional<Cupti::SubscriberId> Cupti::subscribe(Callback callback, std::string name, std::string& holder) {
  const std::lock_guard lock(mutex_);
  if (subscriber_ != 0) {
    holder = name_;
    return std::nullopt;
  }
  subscriber_ = ++last_subscriber_;
  callback_ = std::move(callback);
  name_ = std::move(name);
  return subscriber_;
}

bool Cupti::unsubscribe(SubscriberId subscriber) {
  const std::lock_guard lock(mutex_);
  if (!holds_locked(subscriber)) return false;
  drop_subscriber_locked();
  return true;
}

void Cupti::drop_subscriber_locked() {
  subscriber_ = 0;
  callback_ = nullptr;
  for (auto& domain : enabled_) domain.reset();
  update_watch_locked();
}

void Cupti::finalize() {
  {
    const std::lock_guard lock(mutex_);
    collected_.reset();
    drop_subscriber_locked();
  }
  set_clock(nullptr);
  if (activities.ready()) activities.flush();
}

bool Cupti::is_subscriber(SubscriberId subscriber) const {
  const std::lock_guard lock(mutex_);
  return holds_locked(subscriber);
}

bool Cupti::enable(SubscriberId subscriber, std::uint32_t domain, std::uint32_t callback, bool enabled) {
  const std::lock_guard lock(mutex_);
  if (!holds_locked(subscriber) || domain == 0 || domain >= kDomains || callback == 0 || callback >= kCallbacks) {
    return false;
  }
  enabled_.at(domain).set(callback, enabled);
  update_watch_locked();
  return true;
}

bool Cupti::enable_domain(SubscriberId subscriber, std::uint32_t domain, bool enabled) {
  const std::lock_guard lock(mutex_);
  if (!holds_locked(subscriber) || domain == 0 || domain >= kDomains) return false;
  if (enabled) {
    enabled_.at(domain).set();
  } else {
    enabled_.at(domain).reset();
  }
  update_watch_locked();
  return true;
}

bool Cupti::enabled(std::uint32_t domain, std::uint32_t callback) const {
  const std::lock_guard lock(mutex_);
  return domain < kDomains && callback < kCallbacks && enabled_.at(domain).test(callback);
}

Cupti::Callback Cupti::callback(std::uint32_t domain, std::uint32_t callback) const {
  const std::lock_guard lock(mutex_);
  if (!enabled_.at(domain).test(callback)) return nullptr;
  return callback_;
}

void Cupti::collect(std::uint32_t kind, bool wanted) {
  const std::lock_guard lock(mutex_);
  collected_.set(kind, wanted);
  update_watch_locked();
}

bool Cupti::collects(std::uint32_t kind) const {
  const std::lock_guard lock(mutex_);
  return collected_.test(kind);
}

void Cupti::update_watch_locked() {
  watches_driver_.store(enabled_.at(CUPTI_CB_DOMAIN_DRIVER_API).any() || collected_.test(CUPTI_ACTIVITY_KIND_MEMORY2) ||
                            collected_.test(CUPTI_ACTIVITY_KIND_MEMORY_POOL),
                        std::memory_order_relaxed);
}

std::uint64_t Cupti::now_ns() const {
  if (const Clock clock = clock_.load(std::memory_order_relaxed)) return clock();
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

}  // namespace profile_train::simulator
