#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace profile_train::simulator {

/// Which devices have a primary context: a device has one from its first use on. Thread-safe.
class Contexts {
 public:
  static constexpr int kMaxDevices = 64;
  void use(int device) noexcept { used_[static_cast<std::size_t>(device)].store(true, std::memory_order_relaxed); }
  bool used(int device) const noexcept {
    return used_[static_cast<std::size_t>(device)].load(std::memory_order_relaxed);
  }

  /// The context of a device, as an opaque handle, and back; -1 if it is none.
  static std::uintptr_t handle(int device) noexcept { return kFirst + static_cast<std::uintptr_t>(device); }
  static int device(std::uintptr_t handle) noexcept {
    return handle >= kFirst && handle < kFirst + kMaxDevices ? static_cast<int>(handle - kFirst) : -1;
  }

 private:
  static constexpr std::uintptr_t kFirst = 0xC0'0000;
  std::array<std::atomic<bool>, kMaxDevices> used_{};
};

}  // namespace profile_train::simulator
