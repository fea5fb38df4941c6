#include "simulator/known_contents.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace profile_train::simulator {

void KnownContents::forget_locked(std::uintptr_t device, std::size_t count) {
  if (!current()) {
    contents_.clear();
    epoch_of_contents_ = epoch_.load(std::memory_order_relaxed);
    return;
  }
  auto piece = contents_.upper_bound(device);
  if (piece != contents_.begin()) --piece;
  while (piece != contents_.end() && piece->first < device + count) {
    const std::uintptr_t begin = piece->first;
    const std::uintptr_t end = begin + piece->second.size();
    if (end <= device) {
      ++piece;
      continue;
    }
    const std::string bytes = std::move(piece->second);
    piece = contents_.erase(piece);
    if (begin < device) contents_[begin] = bytes.substr(0, device - begin);
    if (end > device + count) piece = contents_.emplace(device + count, bytes.substr(device + count - begin)).first;
  }
}

void KnownContents::write_locked(std::uintptr_t device, std::string bytes) {
  forget_locked(device, bytes.size());
  contents_[device] = std::move(bytes);
}

bool KnownContents::read_locked(std::uintptr_t device, char* bytes, std::size_t count) const {
  if (!current()) return false;
  auto piece = contents_.upper_bound(device);
  if (piece == contents_.begin()) return false;
  --piece;
  std::string found;
  for (std::uintptr_t at = device; at < device + count;
       ++piece) {  // what was written piece by piece may be read as one
    if (piece == contents_.end() || at < piece->first || at >= piece->first + piece->second.size()) return false;
    const std::size_t offset = at - piece->first;
    const std::size_t taken = std::min(piece->second.size() - offset, device + count - at);
    found.append(piece->second, offset, taken);
    at += taken;
  }
  std::memcpy(bytes, found.data(), count);
  return true;
}

void KnownContents::write(std::uintptr_t device, const void* bytes, std::size_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  if (count > kLargest) return forget_locked(device, count);
  write_locked(device, std::string(static_cast<const char*>(bytes), count));
}

void KnownContents::fill(std::uintptr_t device, unsigned char value, std::size_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  if (count > kLargest) return forget_locked(device, count);
  write_locked(device, std::string(count, static_cast<char>(value)));
}

void KnownContents::copy(std::uintptr_t to, std::uintptr_t from, std::size_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  std::string bytes(std::min(count, kLargest), '\0');
  if (count <= kLargest && read_locked(from, bytes.data(), count)) return write_locked(to, std::move(bytes));
  forget_locked(to, count);
}

void KnownContents::forget(std::uintptr_t device, std::size_t count) {
  const std::lock_guard lock(mutex_);
  forget_locked(device, count);
}

bool KnownContents::read(std::uintptr_t device, void* bytes, std::size_t count) const {
  if (count > kLargest || count == 0) return count == 0;
  const std::lock_guard lock(mutex_);
  return read_locked(device, static_cast<char*>(bytes), count);
}

}  // namespace profile_train::simulator
