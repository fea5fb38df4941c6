#include "hooks/scope_table.h"

#include <bit>

namespace profile_train::hooks {

namespace {

constexpr unsigned kKindBits = 2;

std::uint64_t key_of(ScopeId parent, NameId name, ScopeKind kind) {
  return (std::uint64_t{parent} << 32) | (std::uint64_t{name} << kKindBits) | static_cast<std::uint64_t>(kind);
}

// Fibonacci hashing: the high bits of the product depend on every bit of the key.
std::uint64_t slot_of(std::uint64_t key) { return (key * 0x9E3779B97F4A7C15ull) >> 32; }

}  // namespace

ScopeTable::ScopeTable(std::uint32_t max_scopes)
    : max_scopes_(max_scopes),
      slot_mask_(std::bit_ceil(max_scopes * 2) - 1),
      slots_(slot_mask_ + 1),
      keys_(max_scopes + 1) {}

ScopeId ScopeTable::find(std::uint64_t key) const noexcept {
  for (std::uint64_t slot = slot_of(key) & slot_mask_;; slot = (slot + 1) & slot_mask_) {
    const ScopeId id = slots_[slot].load(std::memory_order_acquire);
    if (id == 0 || keys_[id] == key) return id;
  }
}

ScopeId ScopeTable::child(ScopeId parent, NameId name, ScopeKind kind) noexcept {
  const std::uint64_t key = key_of(parent, name, kind);
  if (const ScopeId known = find(key)) return known;

  const std::lock_guard lock(adding_);
  if (const ScopeId known = find(key)) return known;
  const ScopeId id = size_.load(std::memory_order_relaxed) + 1;
  if (id > max_scopes_) return 0;
  keys_[id] = key;
  size_.store(id, std::memory_order_release);

  std::uint64_t slot = slot_of(key) & slot_mask_;
  while (slots_[slot].load(std::memory_order_relaxed) != 0) slot = (slot + 1) & slot_mask_;
  slots_[slot].store(id, std::memory_order_release);
  return id;
}

Scope ScopeTable::scope(ScopeId id) const noexcept {
  const std::uint64_t key = keys_[id];
  return Scope{.parent = static_cast<ScopeId>(key >> 32),
               .name = static_cast<NameId>((key & 0xFFFFFFFFull) >> kKindBits),
               .kind = static_cast<ScopeKind>(key & ((1u << kKindBits) - 1))};
}

Bytes ScopeTable::memory_bytes() const noexcept {
  return static_cast<Bytes>((slot_mask_ + 1) * sizeof(ScopeId) + size() * sizeof(std::uint64_t));
}

}  // namespace profile_train::hooks
