#include "simulator/card_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

namespace profile_train::simulator {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kWhole = R"(name: My Card
compute_capability: "9.0"
memory_bytes: 1073741824
multiprocessors: 10
max_threads_per_multiprocessor: 2048
max_blocks_per_multiprocessor: 32
registers_per_multiprocessor: 65536
shared_memory_per_block: 49152
shared_memory_per_block_optin: 232448
shared_memory_per_multiprocessor: 233472
l2_cache_bytes: 4194304
clock_mhz: 1500
memory_clock_mhz: 2000
memory_bus_bits: 256
)";

std::optional<std::string> nearest_by_first_letters(std::string_view word, std::span<const std::string> candidates) {
  const auto found = std::ranges::find_if(
      candidates, [&](const std::string& candidate) { return candidate.starts_with(word.substr(0, 4)); });
  return found == candidates.end() ? std::nullopt : std::optional(*found);
}

class CardFileTest : public ::testing::Test {
 protected:
  CardFileTest() { fs::create_directories(folder_); }
  ~CardFileTest() override { fs::remove_all(folder_); }

  tl::expected<CardFile, std::string> read(const std::string& text) const {
    std::ofstream(folder_ / "my_card.yaml") << text;
    return read_card_file(folder_ / "my_card.yaml", nearest_by_first_letters);
  }
  std::string problem(const std::string& text) const {
    const auto card = read(text);
    return card ? "it was accepted" : card.error();
  }
  static std::string with(const std::string& line, const std::string& replacement) {
    return std::regex_replace(std::string(kWhole), std::regex(line), replacement);
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("card_file_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(CardFileTest, ReadsEveryKey) {
  const auto file = read(std::string(kWhole) + "aliases: [mine, \"4090\"]\ncontext_bytes: 500000000\n");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->card, (Card{.key = "my_card",
                              .name = "My Card",
                              .compute_major = 9,
                              .compute_minor = 0,
                              .memory_bytes = 1073741824,
                              .multiprocessors = 10,
                              .max_threads_per_multiprocessor = 2048,
                              .max_blocks_per_multiprocessor = 32,
                              .registers_per_multiprocessor = 65536,
                              .shared_memory_per_block = 49152,
                              .shared_memory_per_block_optin = 232448,
                              .shared_memory_per_multiprocessor = 233472,
                              .l2_cache_bytes = 4194304,
                              .clock_khz = 1'500'000,
                              .memory_clock_khz = 2'000'000,
                              .memory_bus_bits = 256,
                              .context_bytes = 500000000}));
  EXPECT_THAT(file->aliases, ElementsAre("mine", "4090"));
}

TEST_F(CardFileTest, WhatWasNotMeasuredIsNotZero) {
  EXPECT_EQ(read(kWhole)->card.context_bytes, std::nullopt);
  EXPECT_EQ(read(std::string(kWhole) + "context_bytes: null\n")->card.context_bytes, std::nullopt);
  EXPECT_EQ(read(std::string(kWhole) + "context_bytes: 0\n")->card.context_bytes, 0);
}

TEST_F(CardFileTest, NamesTheLineAndTheNearestKeyOfAnUnknownOne) {
  EXPECT_THAT(problem(with("memory_bytes", "memory_byte")),
              AllOf(HasSubstr("my_card.yaml:3: memory_byte"), HasSubstr("did you mean memory_bytes?")));
  EXPECT_THAT(problem(std::string(kWhole) + "colour: green\n"),
              AllOf(HasSubstr("my_card.yaml:15: colour"), HasSubstr("there are name, aliases,")));
}

TEST_F(CardFileTest, NamesTheKeyThatIsMissing) {
  EXPECT_THAT(problem(with("multiprocessors: 10\n", "")),
              HasSubstr("my_card.yaml: multiprocessors: this key is missing"));
}

TEST_F(CardFileTest, RefusesValuesThatAreNone) {
  EXPECT_THAT(problem(with("1073741824", "80 GiB")),
              AllOf(HasSubstr("my_card.yaml:3: memory_bytes: expected a whole number"), HasSubstr("found '80 GiB'")));
  EXPECT_THAT(problem(with("1073741824", "0")), HasSubstr("expected a whole number from 1"));
  EXPECT_THAT(problem(with("1073741824", "[1, 2]")), HasSubstr("found a list"));
  EXPECT_THAT(problem(with("\"9.0\"", "sm_90")), HasSubstr("such as 9.0, found 'sm_90'"));
  EXPECT_THAT(problem(with("My Card", "")), HasSubstr("my_card.yaml:1: name"));
  EXPECT_THAT(problem(std::string(kWhole) + "aliases: mine\n"), HasSubstr("expected a list of names"));
  EXPECT_THAT(problem(std::string(kWhole) + "context_bytes: many\n"), HasSubstr("or null if it was not measured"));
}

TEST_F(CardFileTest, RefusesAKeyThatIsThereTwice) {
  EXPECT_THAT(problem(std::string(kWhole) + "name: Another\n"),
              HasSubstr("my_card.yaml:15: name: this key is there twice, first in line 1"));
}

TEST_F(CardFileTest, RefusesWhatIsNoYaml) {
  EXPECT_THAT(problem("name: [unclosed\n"), HasSubstr("this is not valid YAML"));
  EXPECT_THAT(problem(""), HasSubstr("expected the keys of a card"));
  const auto nowhere = read_card_file(folder_ / "nowhere.yaml", nearest_by_first_letters);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error(), HasSubstr("nowhere.yaml"));
}

std::vector<CardFile> shipped() {
  std::vector<CardFile> cards;
  for (const auto& entry : fs::directory_iterator(PROFILE_TRAIN_CARDS)) {
    const auto card = read_card_file(entry.path(), nearest_by_first_letters);
    EXPECT_TRUE(card) << card.error();
    if (card) cards.push_back(*card);
  }
  return cards;
}

TEST(ShippedCards, AreReadAndHaveNamesOfTheirOwn) {
  const std::vector<CardFile> cards = shipped();
  EXPECT_EQ(cards.size(), 13U);
  std::set<std::string> names;
  for (const auto& [card, aliases, cublas_workspace_bytes] : cards) {
    EXPECT_TRUE(names.insert(card.key).second) << card.key;
    for (const std::string& alias : aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
  }
}

TEST(ShippedCards, AreWhatTheirGenerationIs) {
  for (const auto& [card, aliases, cublas_workspace_bytes] : shipped()) {
    SCOPED_TRACE(card.key);
    EXPECT_LE(card.shared_memory_per_block, card.shared_memory_per_block_optin);
    EXPECT_LE(card.shared_memory_per_block_optin, card.shared_memory_per_multiprocessor);
    // 1 KiB of each block is the system's since compute capability 8.0.
    const std::uint64_t systems = card.compute_major >= 8 ? 1024 : 0;
    EXPECT_EQ(card.shared_memory_per_multiprocessor - card.shared_memory_per_block_optin, systems);
    EXPECT_EQ(card.registers_per_multiprocessor, 65536);
    EXPECT_GT(card.memory_bytes, std::uint64_t{14} << 30U);
    // PyTorch 2.11: 32 MiB on Hopper, 4,096 KiB twice and 16 KiB eight times on all others.
    const bool hopper = card.compute_major == 9 && card.compute_minor == 0;
    EXPECT_EQ(cublas_workspace_bytes, hopper ? 33554432 : 2 * 4096 * 1024 + 8 * 16 * 1024);
    EXPECT_EQ(card.context_bytes, std::nullopt) << "say in the file where it was measured, and here that it was";
  }
}

}  // namespace
}  // namespace profile_train::simulator
