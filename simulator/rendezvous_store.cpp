#include "simulator/rendezvous_store.h"

#include <charconv>
#include <utility>

namespace profile_train::simulator {
namespace {

constexpr std::size_t kBytesOfNcclId = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number that `text` begins with, or `otherwise`.
std::int64_t number_in(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

/// A number in another rank's key may be the rank, or anything else: each is tried in turn as this rank's.
const std::string* RendezvousStore::find(const std::string& key) const {
  if (const auto own = values_.find(key); own != values_.end()) return &own->second;
  for (std::size_t begin = 0; begin < key.size(); ++begin) {
    if (!is_digit(key[begin])) continue;
    std::size_t end = begin;
    while (end < key.size() && is_digit(key[end])) ++end;
    const std::int64_t number = number_in(key.substr(begin, end - begin), world_size_);
    if (number < world_size_ && number != rank_) {
      const auto found = values_.find(key.substr(0, begin) + std::to_string(rank_) + key.substr(end));
      if (found != values_.end()) return &found->second;
    }
    begin = end;
  }
  return nullptr;
}

std::string RendezvousStore::get(const std::string& key) {
  // "default_pg/0//cpu//0/2" is rank 2's address: the group's name and the kind of device, then gloo's own.
  if (!values_.contains(key) && key.find("//cpu//") != std::string::npos) gloo_looks_for_ranks_ = true;
  const std::string* const found = find(key);
  return found != nullptr ? *found : std::string(kBytesOfNcclId, '0');
}

std::string RendezvousStore::compare_set(const std::string& key, const std::string& expected,
                                         const std::string& value) {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    if (!expected.empty()) return expected;
    return values_[key] = value;
  }
  if (found->second == expected) found->second = value;
  return found->second;
}

std::int64_t RendezvousStore::add(const std::string& key, std::int64_t value) {
  std::string& text = values_[key];
  const std::int64_t sum = number_in(text, 0) + value * world_size_;
  text = std::to_string(sum);
  return sum;
}

std::vector<std::string> RendezvousStore::keys() const {
  std::vector<std::string> keys;
  keys.reserve(values_.size());
  for (const auto& [key, value] : values_) keys.push_back(key);
  return keys;
}

std::size_t RendezvousStore::length(const std::string& queue) const {
  const auto found = queues_.find(queue);
  return found == queues_.end() ? 0 : found->second.size();
}

std::string RendezvousStore::pop(const std::string& queue) {
  auto& values = queues_[queue];
  std::string value = std::move(values.front());
  values.pop_front();
  return value;
}

}  // namespace profile_train::simulator
