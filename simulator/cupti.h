#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "simulator/activity_buffers.h"

namespace profile_train::simulator {

/// What CUPTI keeps in this process: the one subscriber and the callbacks it wants, the kinds of records that are
/// wanted, and the buffers they go into. Numbers of domains, callbacks and kinds are those of CUPTI's headers.
///
/// Thread-safe. Callbacks into the program are returned to the caller, who calls them without a lock.
class Cupti {
 public:
  static constexpr std::size_t kDomains = 7;
  static constexpr std::size_t kCallbacks = 1024;  ///< of one domain; its callbacks count from 1
  static constexpr std::size_t kKinds = 64;

  using Callback = std::function<void(std::uint32_t domain, std::uint32_t callback, const void* data)>;
  using SubscriberId = std::uintptr_t;

  /// None if someone holds CUPTI already: then `holder` is their name.
  std::optional<SubscriberId> subscribe(Callback callback, std::string name, std::string& holder);
  bool unsubscribe(SubscriberId subscriber);
  void finalize();  ///< as if nobody had subscribed or collected anything; what was recorded is delivered
  bool is_subscriber(SubscriberId subscriber) const;
  /// False unless all three exist.
  bool enable(SubscriberId subscriber, std::uint32_t domain, std::uint32_t callback, bool enabled);
  bool enable_domain(SubscriberId subscriber, std::uint32_t domain, bool enabled);
  bool enabled(std::uint32_t domain, std::uint32_t callback) const;
  /// What to call, empty if the subscriber does not want to hear of it.
  Callback callback(std::uint32_t domain, std::uint32_t callback) const;

  void collect(std::uint32_t kind, bool wanted);
  bool collects(std::uint32_t kind) const;

  using Clock = std::uint64_t (*)();
  void set_clock(Clock clock) { clock_.store(clock, std::memory_order_relaxed); }
  std::uint64_t now_ns() const;

  /// Somebody wants to hear of calls of the driver, or of the memory they allocate: all that a call pays otherwise.
  bool watches_driver() const noexcept { return watches_driver_.load(std::memory_order_relaxed); }
  std::uint32_t next_correlation() noexcept { return correlations_.fetch_add(1, std::memory_order_relaxed) + 1; }

  ActivityBuffers activities;

 private:
  bool holds_locked(SubscriberId subscriber) const { return subscriber_ == subscriber && subscriber != 0; }
  void drop_subscriber_locked();
  void update_watch_locked();

  std::atomic<bool> watches_driver_{false};
  std::atomic<std::uint32_t> correlations_{0};
  std::atomic<Clock> clock_{nullptr};
  mutable std::mutex mutex_;
  SubscriberId subscriber_ = 0;  // 0: nobody
  SubscriberId last_subscriber_ = 0;
  Callback callback_;
  std::string name_;
  std::array<std::bitset<kCallbacks>, kDomains> enabled_;
  std::bitset<kKinds> collected_;
};

}  // namespace profile_train::simulator
