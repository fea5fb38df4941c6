#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <typeindex>
#include <unordered_map>
#include <utility>

#include "simulator/streams.h"

namespace profile_train::simulator {

/// A number that no object of any library here has had before. No address: nobody may look behind it.
inline Handle next_object_handle() {
  static std::atomic<Handle> last{0x1'0000'0000};
  return last.fetch_add(0x10, std::memory_order_relaxed) + 0x10;
}

/// The live objects of one kind, which the program knows by handle. Handles are never used twice, so one that is
/// destroyed, or of another kind, is not found. Thread-safe; objects are copied out.
template <class Object>
class HandleTable {
 public:
  Handle create(Object object = {}) {
    const Handle handle = next_object_handle();
    const std::lock_guard lock(mutex_);
    objects_.emplace(handle, std::move(object));
    return handle;
  }

  bool destroy(Handle handle) {
    const std::lock_guard lock(mutex_);
    return objects_.erase(handle) == 1;
  }

  std::optional<Object> find(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(handle);
    return found == objects_.end() ? std::nullopt : std::optional<Object>(found->second);
  }

  bool contains(Handle handle) const {
    const std::lock_guard lock(mutex_);
    return objects_.find(handle) != objects_.end();
  }

  /// False if there is none. `change` gets the object, under the lock.
  template <class Change>
  bool change(Handle handle, Change change) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(handle);
    if (found == objects_.end()) return false;
    change(found->second);
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Handle, Object> objects_;
};

/// A table for each kind of object that a library's own files define. Thread-safe.
class HandleTables {
 public:
  template <class Object>
  HandleTable<Object>& of() {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<void>& table = tables_[typeid(Object)];
    if (table == nullptr) table = std::make_shared<HandleTable<Object>>();
    return *static_cast<HandleTable<Object>*>(table.get());
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> tables_;
};

}  // namespace profile_train::simulator
