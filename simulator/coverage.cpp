#include "simulator/coverage.h"

#include <algorithm>

#include "simulator/message.h"

namespace profile_train::simulator {

bool Coverage::first_time(Counts& counts, std::string_view what, TakenBy taken_by) {
  const auto found = counts.find(what);
  if (found == counts.end()) {
    counts.emplace(what, Counted{.what = std::string(what), .times = 1, .taken_by = taken_by});
    return true;
  }
  ++found->second.times;
  return false;
}

void Coverage::not_implemented(std::string_view call) {
  const std::lock_guard lock(mutex_);
  if (first_time(calls_, call)) say("{} is not implemented by the simulated device; it returned an error.", call);
}

void Coverage::not_included(std::string_view what, TakenBy taken_by) {
  const std::lock_guard lock(mutex_);
  if (first_time(memory_, what, taken_by)) say("Not included in the figures: {}.", what);
}

void Coverage::note(std::string_view sentence) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(notes_, sentence) != notes_.end()) return;
  notes_.emplace_back(sentence);
  say("{}", sentence);
}

std::vector<Coverage::Counted> Coverage::listed(const Counts& counts) {
  std::vector<Counted> list;
  for (const auto& [what, counted] : counts) list.push_back(counted);
  return list;
}

std::vector<Coverage::Counted> Coverage::calls_not_implemented() const {
  const std::lock_guard lock(mutex_);
  return listed(calls_);
}

std::vector<Coverage::Counted> Coverage::memory_not_included() const {
  const std::lock_guard lock(mutex_);
  return listed(memory_);
}

std::vector<std::string> Coverage::notes() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

}  // namespace profile_train::simulator
