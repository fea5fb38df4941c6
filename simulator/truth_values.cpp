#include "simulator/truth_values.h"

#include <iterator>

namespace profile_train::simulator {

void TruthValues::set(std::uintptr_t device, std::size_t count, Answer answer) {
  if (count == 0) return;
  forget(device, count);
  const std::lock_guard lock(mutex_);
  made_[device] = {count, answer};
  size_.store(made_.size(), std::memory_order_relaxed);
}

void TruthValues::forget(std::uintptr_t device, std::size_t count) {
  if (size_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(mutex_);
  auto made = made_.upper_bound(device);
  if (made != made_.begin()) --made;
  while (made != made_.end() && made->first < device + count) {
    made = made->first + made->second.count > device ? made_.erase(made) : std::next(made);
  }
  size_.store(made_.size(), std::memory_order_relaxed);
}

std::optional<TruthValues::Answer> TruthValues::find(std::uintptr_t device, std::size_t count) const {
  if (size_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto after = made_.upper_bound(device);
  if (after == made_.begin()) return std::nullopt;
  const auto& [begin, made] = *std::prev(after);
  if (device + count > begin + made.count) return std::nullopt;
  return made.answer;
}

}  // namespace profile_train::simulator
