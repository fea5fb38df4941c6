#include "simulator/known_contents.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <string>

namespace profile_train::simulator {
namespace {

constexpr std::uintptr_t kBase = 0x2000'0000'0000;

void write(KnownContents& contents, std::uintptr_t offset, const std::string& text) {
  contents.write(kBase + offset, text.data(), text.size());
}

std::optional<std::string> read(const KnownContents& contents, std::uintptr_t offset, std::size_t count) {
  std::string text(count, '?');
  if (contents.read(kBase + offset, text.data(), count)) return text;
  EXPECT_EQ(text, std::string(count, '?')) << "touched although something in it is not known";
  return std::nullopt;
}

TEST(KnownContents, GivesBackWhatTheHostWrote) {
  KnownContents contents;
  EXPECT_EQ(read(contents, 0, 1), std::nullopt);
  write(contents, 10, "abcdef");
  EXPECT_EQ(read(contents, 10, 6), "abcdef");
  EXPECT_EQ(read(contents, 12, 3), "cde");
  EXPECT_EQ(read(contents, 9, 2), std::nullopt);
  EXPECT_EQ(read(contents, 15, 2), std::nullopt);
  EXPECT_EQ(read(contents, 16, 1), std::nullopt);
}

TEST(KnownContents, OverwritesInTheMiddle) {
  KnownContents contents;
  write(contents, 0, "abcdefgh");
  write(contents, 3, "XY");
  EXPECT_EQ(read(contents, 0, 8), "abcXYfgh");
  write(contents, 6, "123456");
  EXPECT_EQ(read(contents, 0, 12), "abcXYf123456");
}

TEST(KnownContents, ReadsAcrossPiecesThatTouch) {
  KnownContents contents;
  write(contents, 4, "efgh");
  write(contents, 0, "abcd");
  write(contents, 9, "jkl");
  EXPECT_EQ(read(contents, 0, 8), "abcdefgh");
  EXPECT_EQ(read(contents, 2, 4), "cdef");
  EXPECT_EQ(read(contents, 0, 12), std::nullopt) << "byte 8 was never written";
}

TEST(KnownContents, ForgetsAPart) {
  KnownContents contents;
  write(contents, 0, "abcdefgh");
  contents.forget(kBase + 2, 3);
  EXPECT_EQ(read(contents, 0, 2), "ab");
  EXPECT_EQ(read(contents, 5, 3), "fgh");
  EXPECT_EQ(read(contents, 1, 2), std::nullopt);
  EXPECT_EQ(read(contents, 4, 2), std::nullopt);
}

TEST(KnownContents, AKernelMayHaveWrittenAnywhere) {
  KnownContents contents;
  write(contents, 0, "abcd");
  contents.forget_all();
  EXPECT_EQ(read(contents, 0, 4), std::nullopt);
  write(contents, 2, "x");
  EXPECT_EQ(read(contents, 2, 1), "x");
  EXPECT_EQ(read(contents, 0, 1), std::nullopt) << "from before the kernel";
}

TEST(KnownContents, CopiesWhatIsKnownAndOtherwiseForgets) {
  KnownContents contents;
  write(contents, 0, "abcd");
  contents.copy(kBase + 100, kBase + 1, 3);
  EXPECT_EQ(read(contents, 100, 3), "bcd");
  contents.copy(kBase + 2, kBase, 2);
  EXPECT_EQ(read(contents, 0, 4), "abab");
  contents.copy(kBase + 100, kBase + 50, 2);
  EXPECT_EQ(read(contents, 100, 2), std::nullopt);
  EXPECT_EQ(read(contents, 102, 1), "d");
}

TEST(KnownContents, NothingWrittenIsNothingLost) {
  KnownContents contents;
  write(contents, 0, "abcd");
  write(contents, 2, "");
  contents.fill(kBase + 2, 7, 0);
  contents.copy(kBase + 2, kBase + 50, 0);
  contents.forget(kBase + 2, 0);
  EXPECT_EQ(read(contents, 0, 4), "abcd");
  EXPECT_EQ(read(contents, 50, 0), "") << "nothing is always known";
}

TEST(KnownContents, KeepsSmallWritesOnly) {
  KnownContents contents;
  contents.fill(kBase, 'x', KnownContents::kLargest);
  EXPECT_EQ(read(contents, KnownContents::kLargest - 1, 1), "x");
  contents.fill(kBase + 1, 'y', KnownContents::kLargest + 1);
  EXPECT_EQ(read(contents, 0, 1), "x");
  EXPECT_EQ(read(contents, 1, 1), std::nullopt) << "overwritten by something too large to keep";
}

TEST(KnownContents, KnowsWhatANaiveMapOfBytesKnows) {
  constexpr std::size_t kBytes = 64;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    KnownContents contents;
    std::array<std::optional<char>, kBytes> model{};
    for (int i = 0; i < 400; ++i) {
      const std::size_t begin = random() % kBytes;
      const std::size_t count = random() % std::min<std::size_t>(kBytes - begin + 1, 20);
      const auto byte = static_cast<char>('a' + random() % 26);
      switch (random() % 8) {
        case 0: {
          contents.forget(kBase + begin, count);
          for (std::size_t at = 0; at < count; ++at) model[begin + at].reset();
          break;
        }
        case 1: {
          const std::size_t from = random() % (kBytes - count + 1);
          contents.copy(kBase + begin, kBase + from, count);
          const auto before = model;
          bool known = true;
          for (std::size_t at = 0; at < count; ++at) known = known && before[from + at];
          for (std::size_t at = 0; at < count; ++at) model[begin + at] = known ? before[from + at] : std::nullopt;
          break;
        }
        case 2:
          if (random() % 10 == 0) {
            contents.forget_all();
            model.fill(std::nullopt);
          }
          break;
        case 3: {
          contents.fill(kBase + begin, static_cast<unsigned char>(byte), count);
          for (std::size_t at = 0; at < count; ++at) model[begin + at] = byte;
          break;
        }
        default: {
          std::string text(count, '\0');
          for (std::size_t at = 0; at < count; ++at) {
            text[at] = static_cast<char>(byte + static_cast<char>(at));
            model[begin + at] = text[at];
          }
          write(contents, begin, text);
        }
      }
      for (int reads = 0; reads < 4; ++reads) {
        const std::size_t from = random() % kBytes;
        const std::size_t length = random() % (kBytes - from + 1);
        std::optional<std::string> expected = "";
        for (std::size_t at = from; at < from + length && expected; ++at) {
          if (model[at]) {
            *expected += *model[at];
          } else {
            expected.reset();
          }
        }
        ASSERT_EQ(read(contents, from, length), expected) << "seed " << seed << ", operation " << i;
      }
    }
  }
}

}  // namespace
}  // namespace profile_train::simulator
