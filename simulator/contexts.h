#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace profile_train::simulator {

/// Which devices have a primary context, from their first use on, and which may reach which. Thread-safe.
class Contexts {
 public:
  static constexpr int kMaxDevices = 64;
  void use(int device) noexcept { used_[static_cast<std::size_t>(device)].store(true, std::memory_order_relaxed); }
  bool used(int device) const noexcept {
    return used_[static_cast<std::size_t>(device)].load(std::memory_order_relaxed);
  }

  /// False if `device` had access to `peer` already, or has none to end.
  bool enable_peer(int device, int peer) noexcept { return (peers_of(device).fetch_or(bit(peer)) & bit(peer)) == 0; }
  bool disable_peer(int device, int peer) noexcept { return (peers_of(device).fetch_and(~bit(peer)) & bit(peer)) != 0; }

  /// The context of a device, as an opaque handle, and back; -1 if it is none.
  static std::uintptr_t handle(int device) noexcept { return kFirst + static_cast<std::uintptr_t>(device); }
  static int device(std::uintptr_t handle) noexcept {
    return handle >= kFirst && handle < kFirst + kMaxDevices ? static_cast<int>(handle - kFirst) : -1;
  }

 private:
  static std::uint64_t bit(int device) noexcept { return std::uint64_t{1} << static_cast<unsigned>(device); }
  std::atomic<std::uint64_t>& peers_of(int device) noexcept { return peers_[static_cast<std::size_t>(device)]; }

  static constexpr std::uintptr_t kFirst = 0xC0'0000;
  std::array<std::atomic<bool>, kMaxDevices> used_{};
  std::array<std::atomic<std::uint64_t>, kMaxDevices> peers_{};  // a bit for each that was enabled
};

}  // namespace profile_train::simulator
