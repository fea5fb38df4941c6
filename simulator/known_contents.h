#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace profile_train::simulator {

/// The few bytes of device memory whose values are known: small ones that the host wrote, as long as no kernel ran.
///
/// A kernel may write anywhere, so every launch forgets everything; that costs one atomic increment. Thread-safe.
class KnownContents {
 public:
  static constexpr std::size_t kLargest = 65536;  ///< larger writes are not kept

  void write(std::uintptr_t device, const void* bytes, std::size_t count);
  void fill(std::uintptr_t device, unsigned char value, std::size_t count);
  void copy(std::uintptr_t to, std::uintptr_t from, std::size_t count);
  void forget(std::uintptr_t device, std::size_t count);
  void forget_all() noexcept { epoch_.fetch_add(1, std::memory_order_relaxed); }

  /// False, and `bytes` untouched, unless every byte is known.
  bool read(std::uintptr_t device, void* bytes, std::size_t count) const;

 private:
  bool current() const { return epoch_of_contents_ == epoch_.load(std::memory_order_relaxed); }
  void forget_locked(std::uintptr_t device, std::size_t count);
  void write_locked(std::uintptr_t device, std::string bytes);
  bool read_locked(std::uintptr_t device, char* bytes, std::size_t count) const;

  std::atomic<std::uint64_t> epoch_{0};
  mutable std::mutex mutex_;
  std::map<std::uintptr_t, std::string> contents_;  // neither overlapping nor merged
  std::uint64_t epoch_of_contents_ = 0;
};

}  // namespace profile_train::simulator
