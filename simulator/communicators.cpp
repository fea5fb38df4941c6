#include "simulator/communicators.h"

#include "simulator/simulation.h"

namespace profile_train::simulator {

Handle Communicators::create(Communicator communicator) {
  const std::lock_guard lock(mutex_);
  last_handle_ += 0x10;
  entries_[last_handle_].communicator = communicator;
  return last_handle_;
}

std::optional<Communicator> Communicators::find(Handle communicator) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  if (found == entries_.end()) return std::nullopt;
  return found->second.communicator;
}

bool Communicators::destroy(Handle communicator) {
  const std::lock_guard lock(mutex_);
  return entries_.erase(communicator) == 1;
}

Handle Communicators::register_memory(Handle communicator) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  if (found == entries_.end()) return 0;
  last_handle_ += 0x10;
  found->second.registrations.insert(last_handle_);
  return last_handle_;
}

bool Communicators::deregister_memory(Handle communicator, Handle registration) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  return found != entries_.end() && found->second.registrations.erase(registration) == 1;
}

int Communicators::create_reduction(Handle communicator) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  if (found == entries_.end()) return 0;
  found->second.reductions.insert(++last_reduction_);
  return last_reduction_;
}

bool Communicators::has_reduction(Handle communicator, int reduction) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  return found != entries_.end() && found->second.reductions.contains(reduction);
}

bool Communicators::destroy_reduction(Handle communicator, int reduction) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(communicator);
  return found != entries_.end() && found->second.reductions.erase(reduction) == 1;
}

Communicators& communicators() { return simulation().communicators; }

}  // namespace profile_train::simulator
