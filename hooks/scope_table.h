#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "hooks/zeroed_array.h"
#include "profiler/trace.h"

namespace profile_train::hooks {

/// The tree of scopes of a process: each distinct (parent, name, kind) has one id, from 1, for the life of the table.
///
/// Same rules as InternTable: any thread, no lock to find, a short mutex to add, nothing allocated after construction.
class ScopeTable {
 public:
  explicit ScopeTable(std::uint32_t max_scopes);

  /// The child of `parent` with that name. 0 if the table is full.
  ScopeId child(ScopeId parent, NameId name, ScopeKind kind) noexcept;

  std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  Scope scope(ScopeId id) const noexcept;
  Bytes memory_bytes() const noexcept;

 private:
  ScopeId find(std::uint64_t key) const noexcept;

  const std::uint32_t max_scopes_;
  const std::uint32_t slot_mask_;
  ZeroedArray<std::atomic<ScopeId>> slots_;
  ZeroedArray<std::uint64_t> keys_;  ///< by id: parent in the high half; name and kind in the low half
  std::atomic<std::uint32_t> size_{0};
  std::mutex adding_;
};

}  // namespace profile_train::hooks
