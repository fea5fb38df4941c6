#include "hooks/arena_table.h"

#include <gtest/gtest.h>

namespace profile_train::hooks {
namespace {

TEST(ArenaTable, KnowsTheDefaultArenaWithoutBeingTold) {
  ArenaTable table;
  const auto [number, is_new] = table.find_or_add({});
  EXPECT_EQ(number, 0);
  EXPECT_FALSE(is_new);
}

TEST(ArenaTable, TellsStreamsAndPoolsApart) {
  ArenaTable table;
  EXPECT_EQ(table.find_or_add({.stream = 0x10}).number, 1);
  EXPECT_EQ(table.find_or_add({.stream = 0x10, .pool = 7}).number, 2);
  EXPECT_EQ(table.find_or_add({.stream = 0x20}).number, 3);
  const auto again = table.find_or_add({.stream = 0x10});
  EXPECT_EQ(again.number, 1);
  EXPECT_FALSE(again.is_new);
  table.clear();
  EXPECT_TRUE(table.find_or_add({.stream = 0x20}).is_new);
}

TEST(ArenaTable, ThoseThatDoNotFitShareTheLastNumber) {
  ArenaTable table;
  for (std::uint64_t i = 1; i < ArenaTable::kMaxArenas; ++i) EXPECT_TRUE(table.find_or_add({.stream = i}).is_new);
  const auto [number, is_new] = table.find_or_add({.stream = 1'000});
  EXPECT_EQ(number, ArenaTable::kMaxArenas - 1);
  EXPECT_FALSE(is_new);
}

}  // namespace
}  // namespace profile_train::hooks
