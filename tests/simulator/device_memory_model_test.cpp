#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "simulator/device_memory.h"

namespace profile_train::simulator {
namespace {

constexpr std::size_t kUnit = kGranularity;
constexpr std::uint64_t kCard = 40 * kUnit;

/// The rules again, with lists that are searched from end to end and sums that are made anew each time.
class Naive {
 public:
  struct Allocation {
    std::uintptr_t address;
    int device;
    std::uint64_t charged;
  };
  struct Physical {
    int device;
    std::uint64_t bytes;
    int handles;
  };
  struct Mapping {
    std::uintptr_t address;
    PhysicalHandle handle;
  };

  std::uint64_t used(int device) const {
    std::uint64_t sum = 0;
    for (const Allocation& a : allocations) sum += a.device == device ? a.charged : 0;
    for (const auto& [handle, p] : physical) sum += p.device == device && alive(handle) ? p.bytes : 0;
    return sum;
  }
  bool fits(int device, std::uint64_t bytes) const { return used(device) + bytes <= kCard; }
  bool alive(PhysicalHandle handle) const {
    bool mapped = false;
    for (const Mapping& m : mappings) mapped = mapped || m.handle == handle;
    return mapped || physical.at(handle).handles > 0;
  }
  std::uint64_t bytes_of(const Mapping& m) const { return physical.at(m.handle).bytes; }
  bool overlaps(std::uintptr_t begin, std::uint64_t bytes) const {
    for (const Mapping& m : mappings) {
      if (m.address < begin + bytes && begin < m.address + bytes_of(m)) return true;
    }
    return false;
  }
  /// True, and the mappings are gone, if [begin, begin + bytes) is exactly some of them.
  bool unmap(std::uintptr_t begin, std::uint64_t bytes) {
    std::uint64_t covered = 0;
    for (const Mapping& m : mappings) {
      const std::uintptr_t end = m.address + bytes_of(m);
      if (end <= begin || m.address >= begin + bytes) continue;
      if (m.address < begin || end > begin + bytes) return false;
      covered += bytes_of(m);
    }
    if (covered != bytes) return false;
    std::erase_if(mappings, [&](const Mapping& m) { return begin <= m.address && m.address < begin + bytes; });
    return true;
  }

  std::vector<Allocation> allocations;
  std::map<PhysicalHandle, Physical> physical;
  std::vector<Mapping> mappings;
};

/// Plays the same random calls to both. Two devices, one reservation of 24 units.
class Player {
 public:
  explicit Player(std::uint64_t seed) : random_(seed) {
    EXPECT_EQ(memory_.reserve_addresses(kWindow * kUnit, 0, window_), Status::ok);
  }

  void step() {
    switch (upto(7)) {
      case 0:
      case 1: return allocate();
      case 2:
      case 3: return release();
      case 4: return create();
      case 5: return map();
      case 6: return unmap();
      default: return release_physical();
    }
  }
  void compare() {
    for (int device = 0; device < 2; ++device) {
      const std::uint64_t used = naive_.used(device);
      peak_[device] = std::max(peak_[device], used);
      EXPECT_EQ(memory_.usage(device).used_bytes, used);
      EXPECT_EQ(memory_.usage(device).peak_bytes, peak_[device]);
      EXPECT_EQ(memory_.free_bytes(device), kCard - used);
    }
  }

 private:
  static constexpr std::size_t kWindow = 24;
  std::uint64_t upto(std::uint64_t n) { return random_() % (n + 1); }
  int any_device() { return static_cast<int>(upto(1)); }
  PhysicalHandle any_handle() { return 1 + upto(naive_.physical.size()); }  // one past the last was never made

  void allocate() {
    const int device = any_device();
    const std::size_t bytes = 1 + upto(12 * kUnit);
    const std::uint64_t charged = (bytes + kUnit - 1) / kUnit * kUnit;
    const bool managed = upto(3) == 0;
    std::uintptr_t address = 0;
    const Status status =
        managed ? memory_.allocate_managed(device, bytes, address) : memory_.allocate(device, bytes, address);
    ASSERT_EQ(status, naive_.fits(device, charged) ? Status::ok : Status::out_of_memory);
    if (status == Status::ok) naive_.allocations.push_back({address, device, charged});
  }
  void release() {
    if (naive_.allocations.empty()) return;
    const auto which = naive_.allocations.begin() + static_cast<std::ptrdiff_t>(upto(naive_.allocations.size() - 1));
    ASSERT_EQ(memory_.release(which->address, {MemoryKind::device, MemoryKind::managed}), Status::ok);
    ASSERT_EQ(memory_.release(which->address, {MemoryKind::device, MemoryKind::managed}), Status::invalid_value);
    naive_.allocations.erase(which);
  }
  void create() {
    const int device = any_device();
    const std::uint64_t bytes = (1 + upto(3)) * kUnit;
    PhysicalHandle handle = 0;
    const Status status = memory_.create(device, bytes, handle);
    ASSERT_EQ(status, naive_.fits(device, bytes) ? Status::ok : Status::out_of_memory);
    if (status == Status::ok) naive_.physical[handle] = {device, bytes, 1};
  }
  void map() {
    const PhysicalHandle handle = any_handle();
    const std::uintptr_t address = window_ + upto(kWindow - 1) * kUnit;
    const auto physical = naive_.physical.find(handle);
    const std::uint64_t bytes = physical == naive_.physical.end() ? kUnit : physical->second.bytes;
    const bool allowed = physical != naive_.physical.end() && physical->second.handles > 0 &&
                         address + bytes <= window_ + kWindow * kUnit && !naive_.overlaps(address, bytes);
    ASSERT_EQ(memory_.map(address, bytes, handle), allowed ? Status::ok : Status::invalid_value);
    if (allowed) naive_.mappings.push_back({address, handle});
  }
  void unmap() {
    std::uintptr_t address = window_ + upto(kWindow - 1) * kUnit;
    std::uint64_t bytes = (1 + upto(5)) * kUnit;
    if (!naive_.mappings.empty() && upto(3) > 0) {  // mostly what is there
      const Naive::Mapping& mapping = naive_.mappings[upto(naive_.mappings.size() - 1)];
      address = mapping.address;
      bytes = naive_.bytes_of(mapping);
    }
    ASSERT_EQ(memory_.unmap(address, bytes), naive_.unmap(address, bytes) ? Status::ok : Status::invalid_value);
  }
  void release_physical() {
    const PhysicalHandle handle = any_handle();
    const auto physical = naive_.physical.find(handle);
    const bool allowed = physical != naive_.physical.end() && physical->second.handles > 0;
    ASSERT_EQ(memory_.release_physical(handle), allowed ? Status::ok : Status::invalid_value);
    if (allowed) --physical->second.handles;
  }

  std::mt19937_64 random_;
  DeviceMemory memory_{2, kCard, false};
  Naive naive_;
  std::uintptr_t window_ = 0;
  std::uint64_t peak_[2] = {};
};

TEST(DeviceMemory, ChargesWhatANaiveModelCharges) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Player player(seed);
    for (int i = 0; i < 500; ++i) {
      player.step();
      player.compare();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", operation " << i;
    }
  }
}

}  // namespace
}  // namespace profile_train::simulator
