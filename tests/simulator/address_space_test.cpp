#include "simulator/address_space.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

namespace profile_train::simulator {
namespace {

constexpr std::size_t kUnit = std::size_t{2} << 20;

/// All that a fresh space can give at once: the largest size that the host granted, of those it is asked for.
std::size_t capacity(AddressSpace& space) {
  for (std::size_t bytes = std::size_t{16} << 40; bytes >= std::size_t{64} << 30; bytes /= 4) {
    for (const std::size_t whole : {bytes, bytes - kUnit}) {  // less a unit where the host's place is not aligned
      if (const auto address = space.reserve(whole, kUnit)) {
        space.release(*address, whole);
        return whole;
      }
    }
  }
  return 0;
}

TEST(AddressSpace, HandsOutTheFirstPlaceThatFits) {
  AddressSpace space;
  const std::uintptr_t a = space.reserve(2 * kUnit, kUnit).value();
  EXPECT_EQ(space.reserve(3 * kUnit, kUnit), a + 2 * kUnit);
  EXPECT_EQ(space.reserve(1 * kUnit, kUnit), a + 5 * kUnit);
  space.release(a + 2 * kUnit, 3 * kUnit);
  EXPECT_EQ(space.reserve(4 * kUnit, kUnit), a + 6 * kUnit) << "the gap of 3 is too small";
  EXPECT_EQ(space.reserve(2 * kUnit, kUnit), a + 2 * kUnit) << "the gap of 3 comes first";
  EXPECT_EQ(space.reserve(1 * kUnit, kUnit), a + 4 * kUnit) << "what was left of it";
}

TEST(AddressSpace, MergesWithBothNeighbours) {
  AddressSpace space;
  const std::uintptr_t a = space.reserve(kUnit, kUnit).value();
  for (std::size_t i = 1; i < 4; ++i) ASSERT_EQ(space.reserve(kUnit, kUnit), a + i * kUnit);
  space.release(a, kUnit);
  space.release(a + 2 * kUnit, kUnit);
  space.release(a + kUnit, kUnit);
  EXPECT_EQ(space.reserve(3 * kUnit, kUnit), a);
}

TEST(AddressSpace, KeepsWhatAnAlignmentSkips) {
  AddressSpace space;
  const std::uintptr_t a = space.reserve(kUnit, kUnit).value();
  const std::size_t alignment = 64 * kUnit;
  const std::uintptr_t aligned = space.reserve(kUnit, alignment).value();
  EXPECT_EQ(aligned % alignment, 0U);
  EXPECT_GT(aligned, a);
  if (aligned > a + kUnit) {
    EXPECT_EQ(space.reserve(kUnit, kUnit), a + kUnit);
  }
}

TEST(AddressSpace, EndsWhereItEnds) {
  AddressSpace space;
  const std::size_t all = capacity(space);
  ASSERT_GE(all, (std::size_t{64} << 30) - kUnit);
  EXPECT_EQ(space.reserve(all + kUnit, kUnit), std::nullopt);
  const std::uintptr_t begin = space.reserve(all, kUnit).value();
  EXPECT_EQ(space.reserve(kUnit, kUnit), std::nullopt);
  EXPECT_TRUE(space.contains(begin));
  EXPECT_TRUE(space.contains(begin + all - 1));
  EXPECT_FALSE(space.contains(begin - kUnit));
  EXPECT_FALSE(space.contains(begin + all + kUnit));
  space.release(begin, all);
  EXPECT_EQ(space.reserve(kUnit, kUnit), begin);
}

TEST(AddressSpace, HasNoPlaceForNothing) { EXPECT_EQ(AddressSpace().reserve(0, kUnit), std::nullopt); }

TEST(AddressSpace, TakesAnotherPlaceWhereTheUsualOneIsTaken) {
  AddressSpace first;
  AddressSpace second;
  const auto a = first.reserve(kUnit, kUnit);
  const auto b = second.reserve(kUnit, kUnit);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(first.contains(*b));
  EXPECT_FALSE(second.contains(*a));
  EXPECT_FALSE(first.contains(0));
  EXPECT_FALSE(second.contains(0));
}

/// The same rule as slowly as it can be written: one flag for each unit.
class UnitByUnit {
 public:
  UnitByUnit(std::uintptr_t begin, std::size_t units) : begin_(begin), taken_(units, false) {}

  std::optional<std::uintptr_t> reserve(std::size_t bytes, std::size_t alignment) {
    const std::size_t units = bytes / kUnit;
    for (std::size_t first = 0; first + units <= taken_.size(); ++first) {
      if ((begin_ + first * kUnit) % alignment != 0) continue;
      bool free = true;
      for (std::size_t i = 0; i < units; ++i) free = free && !taken_[first + i];
      if (!free) continue;
      mark(first, units, true);
      return begin_ + first * kUnit;
    }
    return std::nullopt;
  }
  void release(std::uintptr_t address, std::size_t bytes) { mark((address - begin_) / kUnit, bytes / kUnit, false); }

 private:
  void mark(std::size_t first, std::size_t units, bool taken) {
    for (std::size_t i = 0; i < units; ++i) taken_[first + i] = taken;
  }
  std::uintptr_t begin_;
  std::vector<bool> taken_;
};

TEST(AddressSpace, DoesWhatANaiveModelDoes) {
  constexpr std::size_t kUnits = 96;  // all but so many are taken first: the space is full most of the time
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    AddressSpace space;
    const std::size_t all = capacity(space);
    const std::uintptr_t taken = space.reserve(all - kUnits * kUnit, kUnit).value();
    UnitByUnit model(taken + all - kUnits * kUnit, kUnits);
    std::vector<std::pair<std::uintptr_t, std::size_t>> live;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 400; ++i) {
      if (live.empty() || random() % 5 < 3) {
        const std::size_t bytes = (1 + random() % 12) * kUnit;
        const std::size_t alignment = kUnit << (random() % 4);
        const auto address = space.reserve(bytes, alignment);
        ASSERT_EQ(address, model.reserve(bytes, alignment)) << "seed " << seed << ", operation " << i;
        if (address) live.emplace_back(*address, bytes);
      } else {
        const std::size_t which = random() % live.size();
        space.release(live[which].first, live[which].second);
        model.release(live[which].first, live[which].second);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
  }
}

}  // namespace
}  // namespace profile_train::simulator
