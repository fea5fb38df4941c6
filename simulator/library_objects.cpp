#include "simulator/library_objects.h"

#include <utility>

#include "simulator/simulation.h"

namespace profile_train::simulator {

Handle LibraryObjects::create(LibraryObject object) {
  const std::lock_guard lock(mutex_);
  const Handle handle = last_handle_ += 0x10;
  objects_[handle] = std::move(object);
  return handle;
}

void LibraryObjects::place(Handle address, LibraryObject object) {
  const std::lock_guard lock(mutex_);
  objects_[address] = std::move(object);
}

bool LibraryObjects::destroy(Handle handle, ObjectKind kind) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(handle);
  if (found == objects_.end() || found->second.kind != kind) return false;
  objects_.erase(found);
  return true;
}

LibraryObjects& library_objects() { return simulation().libraries; }

}  // namespace profile_train::simulator
