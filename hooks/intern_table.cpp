#include "hooks/intern_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>

namespace profile_train::hooks {

namespace {
std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }
}  // namespace

InternTable::InternTable(std::uint32_t max_entries, std::uint32_t max_text_bytes)
    : max_entries_(max_entries),
      max_text_bytes_(max_text_bytes),
      slot_mask_(std::bit_ceil(max_entries * 2) - 1),  // at most half full, so that probes stay short
      slots_(slot_mask_ + 1),
      entries_(max_entries + 1),
      text_(max_text_bytes) {}

std::uint32_t InternTable::find(std::string_view text, std::uint64_t hash) const noexcept {
  for (std::uint64_t slot = hash & slot_mask_;; slot = (slot + 1) & slot_mask_) {
    const std::uint32_t id = slots_[slot].load(std::memory_order_acquire);
    if (id == 0) return 0;
    const Entry& entry = entries_[id];
    if (entry.hash == hash && std::string_view(&text_[entry.offset], entry.length) == text) return id;
  }
}

std::uint32_t InternTable::intern(std::string_view text) noexcept {
  const std::uint64_t hash = hash_of(text);
  if (const std::uint32_t known = find(text, hash)) return known;

  const std::lock_guard lock(adding_);
  if (const std::uint32_t known = find(text, hash)) return known;  // another thread was quicker
  const std::uint32_t id = size_.load(std::memory_order_relaxed) + 1;
  if (id > max_entries_ || text.size() > max_text_bytes_ - text_used_) return 0;

  if (!text.empty()) std::memcpy(&text_[text_used_], text.data(), text.size());
  entries_[id] = Entry{hash, text_used_, static_cast<std::uint32_t>(text.size())};
  text_used_ += static_cast<std::uint32_t>(text.size());
  size_.store(id, std::memory_order_release);

  std::uint64_t slot = hash & slot_mask_;
  while (slots_[slot].load(std::memory_order_relaxed) != 0) slot = (slot + 1) & slot_mask_;
  slots_[slot].store(id, std::memory_order_release);
  return id;
}

std::string_view InternTable::text(std::uint32_t id) const noexcept {
  const Entry& entry = entries_[id];
  return {&text_[entry.offset], entry.length};
}

Bytes InternTable::memory_bytes() const noexcept {
  return static_cast<Bytes>((slot_mask_ + 1) * sizeof(std::uint32_t) + size() * sizeof(Entry) + text_used_);
}

}  // namespace profile_train::hooks
