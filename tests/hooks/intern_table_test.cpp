#include "hooks/intern_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "hooks/scope_table.h"
#include "hooks/sequence_table.h"

namespace profile_train::hooks {
namespace {

TEST(InternTable, GivesTheSameIdToTheSameText) {
  InternTable table(16, 1024);
  const auto mm = table.intern("aten::mm");
  EXPECT_EQ(mm, 1u);
  EXPECT_EQ(table.intern("aten::add"), 2u);
  EXPECT_EQ(table.intern(std::string("aten::") + "mm"), mm);
  EXPECT_EQ(table.text(mm), "aten::mm");
  EXPECT_EQ(table.size(), 2u);
}

TEST(InternTable, TellsTextsWithZeroBytesApart) {
  InternTable table(16, 1024);
  EXPECT_NE(table.intern(std::string_view("\0a", 2)), table.intern(std::string_view("\0b", 2)));
  EXPECT_EQ(table.text(table.intern("")), "");
}

TEST(InternTable, AnswersNoneWhenFull) {
  InternTable few_entries(2, 1024);
  EXPECT_EQ(few_entries.intern("a"), 1u);
  EXPECT_EQ(few_entries.intern("b"), 2u);
  EXPECT_EQ(few_entries.intern("c"), 0u);
  EXPECT_EQ(few_entries.intern("a"), 1u);

  InternTable little_text(16, 4);
  EXPECT_EQ(little_text.intern("abc"), 1u);
  EXPECT_EQ(little_text.intern("de"), 0u);
  EXPECT_EQ(little_text.intern("d"), 2u);
}

TEST(InternTable, AgreesWithAMapFromManyThreads) {
  constexpr int kThreads = 4;
  InternTable table(2'000, 64'000);
  std::vector<std::map<std::string, std::uint32_t>> seen(kThreads);
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      for (int i = 0; i < 5'000; ++i) {
        const std::string text = "name " + std::to_string(random() % 1'000);
        const auto id = table.intern(text);
        ASSERT_EQ(table.text(id), text);
        const auto [known, is_new] = seen[thread].emplace(text, id);
        ASSERT_EQ(known->second, id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& [text, id] : seen[0]) EXPECT_EQ(table.intern(text), id);
  EXPECT_LE(table.size(), 1'000u);
}

TEST(ScopeTable, KeepsOneChildForEachParentNameAndKind) {
  ScopeTable table(8);
  const ScopeId block = table.child(0, 5, ScopeKind::module);
  const ScopeId mm = table.child(block, 7, ScopeKind::op);
  EXPECT_EQ(table.child(block, 7, ScopeKind::op), mm);
  EXPECT_NE(table.child(block, 7, ScopeKind::backward), mm);
  EXPECT_NE(table.child(0, 7, ScopeKind::op), mm);
  EXPECT_EQ(table.scope(mm), (Scope{.parent = block, .name = 7, .kind = ScopeKind::op}));
  EXPECT_GT(mm, block);
}

TEST(ScopeTable, AnswersNoneWhenFull) {
  ScopeTable table(2);
  EXPECT_NE(table.child(0, 1, ScopeKind::op), 0u);
  EXPECT_NE(table.child(0, 2, ScopeKind::op), 0u);
  EXPECT_EQ(table.child(0, 3, ScopeKind::op), 0u);
}

TEST(SequenceTable, FindsTheModuleOfANodeByThreadAndNumber) {
  SequenceTable table;
  table.put(1, 100, 7);
  table.put(2, 100, 8);
  EXPECT_EQ(table.find(1, 100), 7u);
  EXPECT_EQ(table.find(2, 100), 8u);
  EXPECT_EQ(table.find(1, 101), 0u);
  EXPECT_EQ(table.find(3, 100), 0u);
}

TEST(SequenceTable, ForgetsTheOlderOfTwoNodesInOnePlaceAndNeverMixesThemUp) {
  SequenceTable table;
  table.put(1, 5, 7);
  table.put(1, 5 + (1 << 16), 9);  // the same slot
  EXPECT_EQ(table.find(1, 5), 0u);
  EXPECT_EQ(table.find(1, 5 + (1 << 16)), 9u);
}

}  // namespace
}  // namespace profile_train::hooks
