#include "reports/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace profile_train::reports {
namespace {

using ::testing::ElementsAre;

TEST(Printable, LetsNoNameSteerTheTerminal) {
  EXPECT_EQ(printable("transformer.wte"), "transformer.wte");
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\uFFFD[2Jb\uFFFD");
  EXPECT_EQ(printable("\u202Eabc"), "\uFFFDabc");  // would be shown from right to left
}

TEST(Printable, MendsWhatIsNotUtf8) {
  EXPECT_EQ(printable("é層"), "é層");
  EXPECT_EQ(printable("\xff\xc3"), "\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xc0\xaf"), "\uFFFD\uFFFD");            // an overlong slash
  EXPECT_EQ(printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // half of a surrogate pair
}

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("S²·H"), 4);
  EXPECT_EQ(display_width("層"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1);  // e and a combining accent
  EXPECT_EQ(display_width("█▉"), 2);
}

TEST(ElideMiddle, KeepsBothEndsOfAPath) {
  EXPECT_EQ(elide_middle("transformer.h.0.attn.c_attn", 40), "transformer.h.0.attn.c_attn");
  EXPECT_EQ(elide_middle("transformer.h.0.attn.c_attn", 15), "transfo….c_attn");
  EXPECT_EQ(elide_middle("abc", 1), "…");
  EXPECT_EQ(elide_middle("abc", 0), "");
}

TEST(ElideMiddle, NeverExceedsTheWidthAndNeverSplitsACharacter) {
  const std::string text = "層e\u0301層😀transformer層.h.層";
  for (int width = 0; width <= display_width(text); ++width) {
    const std::string elided = elide_middle(text, width);
    EXPECT_LE(display_width(elided), width);
    EXPECT_EQ(printable(elided), elided) << "not UTF-8 at width " << width;
  }
}

TEST(Wrap, BreaksAtSpacesAndLongWordsWhereItMust) {
  EXPECT_THAT(wrap("the peak is a lower bound", 10), ElementsAre("the peak", "is a lower", "bound"));
  EXPECT_THAT(wrap("transformer.h.0", 6), ElementsAre("transf", "ormer.", "h.0"));
  EXPECT_THAT(wrap("", 10), ElementsAre(""));
  EXPECT_THAT(wrap("a 層層", 3), ElementsAre("a", "層", "層"));
}

TEST(JoinAndWrap, BreaksOnlyBetweenFacts) {
  EXPECT_THAT(join_and_wrap({"GPT-2", "fp32", "B 1"}, 80), ElementsAre("GPT-2 · fp32 · B 1"));
  EXPECT_THAT(join_and_wrap({"GPT-2", "fp32", "B 1"}, 12), ElementsAre("GPT-2 · fp32", "B 1"));
  EXPECT_THAT(join_and_wrap({"", "fp32"}, 12), ElementsAre("fp32"));
}

TEST(Bar, ShowsEighthsAndAlwaysShowsSomething) {
  EXPECT_EQ(bar(1.0, 3), "███");
  EXPECT_EQ(bar(0.5, 3), "█▌");
  EXPECT_EQ(bar(1e-9, 3), "▏");
  EXPECT_EQ(bar(0.0, 3), "");
  EXPECT_EQ(bar(7.0, 3), "███");
}

}  // namespace
}  // namespace profile_train::reports
