#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace profile_train::simulator {

/// Truth values on the device whose answer follows from the operator that made them, not from numbers: a program that
/// asserts isfinite(loss) is to go on, one that stops at any(isnan(gradient)) is not to stop. Thread-safe.
class TruthValues {
 public:
  struct Answer {
    bool value = false;
    const char* operation = "";  ///< static string
  };

  /// `count` truth values of one byte each were made at `device`.
  void set(std::uintptr_t device, std::size_t count, Answer answer);
  void forget(std::uintptr_t device, std::size_t count);
  /// What the `count` bytes there hold, if one operator made all of them.
  std::optional<Answer> find(std::uintptr_t device, std::size_t count) const;

 private:
  struct Made {
    std::size_t count = 0;
    Answer answer;
  };
  std::atomic<std::size_t> size_{0};  // most releases of memory find nothing here: they need no lock to know it
  mutable std::mutex mutex_;
  std::map<std::uintptr_t, Made> made_;
};

}  // namespace profile_train::simulator
