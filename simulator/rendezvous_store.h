#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace profile_train::simulator {

/// What the ranks of a job tell each other through a store, where only one rank is there: it is answered as if the
/// others had done the same. Not thread-safe: one Rendezvous uses it.
///
///     a number is added to              all ranks have added it
///     another rank's key is read        what this rank wrote under the key with its own number
///     a key of unknown origin is read   `0` in 128 bytes: NCCL's identifiers, which rank 0 would make, and numbers
class RendezvousStore {
 public:
  RendezvousStore(int world_size, int rank) : world_size_(world_size), rank_(rank) {}

  void set(const std::string& key, std::string value) { values_[key] = std::move(value); }
  /// The value from now on: `value` if it was `expected`, or if there was none and `expected` is empty.
  std::string compare_set(const std::string& key, const std::string& expected, const std::string& value);
  std::string get(const std::string& key);
  std::int64_t add(const std::string& key, std::int64_t value);
  void append(const std::string& key, const std::string& value) { values_[key] += value; }
  bool erase(const std::string& key) { return values_.erase(key) == 1; }
  /// Whether this rank, or another one that did the same, has written the key.
  bool has(const std::string& key) const { return find(key) != nullptr; }
  std::vector<std::string> keys() const;
  /// Whether gloo, PyTorch's library for tensors on the host, asked for another rank: its ranks connect to each other.
  bool gloo_looks_for_ranks() const { return gloo_looks_for_ranks_; }

  void push(const std::string& queue, std::string value) { queues_[queue].push_back(std::move(value)); }
  std::size_t length(const std::string& queue) const;
  /// The queue must not be empty.
  std::string pop(const std::string& queue);

 private:
  const std::string* find(const std::string& key) const;

  const int world_size_;
  const int rank_;
  bool gloo_looks_for_ranks_ = false;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::deque<std::string>> queues_;
};

}  // namespace profile_train::simulator
