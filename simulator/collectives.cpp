#include "simulator/collectives.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace profile_train::simulator {
namespace {

// It asks twice: for the first answer it puts the tensors where the next collective lets go of them, and marks the work
// as done for the second.
constexpr int kLooksOfTheWatchdog = 2;

}  // namespace

bool Collectives::on_watchdog() {
  static thread_local const bool is_one = [] {
    std::array<char, 16> name{};  // the longest that Linux keeps
    return pthread_getname_np(pthread_self(), name.data(), name.size()) == 0 &&
           std::string_view(name.data()) == "pt_nccl_watchdg";
  }();
  return is_one;
}

bool Collectives::all_seen_locked() const {
  return std::none_of(works_.begin(), works_.end(), [](const auto& entry) { return entry.second.ended; });
}

bool Collectives::settle() {
  if (!any_.load(std::memory_order_relaxed)) return true;
  std::unique_lock lock(mutex_);
  if (given_up_ || seen_.wait_for(lock, patience_, [this] { return all_seen_locked(); })) return true;
  given_up_ = true;
  return false;
}

void Collectives::issued(Handle stream) {
  const std::lock_guard lock(mutex_);
  Stream& on = streams_[stream];
  ++on.issued;
  on.awaits_end_event = true;
  any_.store(true, std::memory_order_relaxed);
}

void Collectives::recorded(Handle event, Handle stream) {
  if (!any_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  works_.erase(event);  // PyTorch uses its events again
  places_.erase(event);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  Stream& on = found->second;
  const Place place{.stream = stream, .issued = on.issued};
  if (std::exchange(on.awaits_end_event, false)) {
    works_[event] = {.place = place, .since = Clock::now()};
  } else {
    places_[event] = place;
  }
}

void Collectives::destroyed(Handle event) {
  if (!any_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  works_.erase(event);
  places_.erase(event);
}

void Collectives::end_until_locked(Place place) {
  for (auto& [event, work] : works_) {
    if (work.place.stream == place.stream && work.place.issued <= place.issued) work.ended = true;
  }
}

void Collectives::waited_for(Handle event) {
  if (!any_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (const auto work = works_.find(event); work != works_.end()) {
    const Place place = work->second.place;
    works_.erase(work);
    end_until_locked(place);
  } else if (const auto at = places_.find(event); at != places_.end()) {
    end_until_locked(at->second);
  }
}

void Collectives::synchronised() {
  if (!any_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  for (auto& [event, work] : works_) work.ended = true;
}

bool Collectives::has_ended(Handle event) {
  if (!any_.load(std::memory_order_relaxed)) return true;
  const std::lock_guard lock(mutex_);
  const auto found = works_.find(event);
  if (!on_watchdog()) {
    if (found != works_.end()) {
      end_until_locked(found->second.place);
    } else if (const auto at = places_.find(event); at != places_.end()) {
      end_until_locked(at->second);
    }
    return true;
  }
  if (found == works_.end()) return true;
  Work& work = found->second;
  if (!work.ended && Clock::now() - work.since < longest_) return false;
  if (++work.looks < kLooksOfTheWatchdog) return true;
  works_.erase(found);
  seen_.notify_all();
  return true;
}

}  // namespace profile_train::simulator
