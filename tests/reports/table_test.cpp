#include "reports/table.h"

#include <gtest/gtest.h>

#include "reports/text.h"

namespace profile_train::reports {
namespace {

const Painter kPlain(false);

TEST(Table, AlignsNumbersRightAndNamesLeft) {
  Table table({{"phase", Align::left}, {"peak"}});
  table.row({"forward", "1 B"});
  table.row({"loss", "1,024 B"});
  EXPECT_EQ(table.render(80, 2, kPlain),
            "  phase       peak\n"
            "  forward      1 B\n"
            "  loss     1,024 B\n");
}

TEST(Table, LetsTheLastCellOfAShortRowRunOnAndWrap) {
  Table table({{"rung", Align::left}, {"bytes"}, {"size"}});
  table.row({"resident", "4 B", "4 B"});
  table.row({"device", "not measured: no device"});
  EXPECT_EQ(table.render(26, 0, kPlain),
            "rung      bytes  size\n"
            "resident    4 B   4 B\n"
            "device    not measured: no\n"
            "          device\n");
}

TEST(Table, ElidesTheColumnThatMayShrink) {
  Table table({{"", Align::left, 6}, {""}});
  table.row({"transformer.h.0.attn", "1,234,567 B"});
  EXPECT_EQ(table.render(24, 0, kPlain), "trans….attn  1,234,567 B\n");
}

TEST(Table, WrapsTheColumnThatMustStayReadable) {
  Table table({{"", Align::left, 6, Fit::wrap}, {""}});
  table.row({"softmax of the scores", "36.0"});
  EXPECT_EQ(table.render(17, 0, kPlain), "softmax      36.0\n  of the\n  scores\n");
}

TEST(Table, StaysInsideItsWidthEvenWhenNoColumnMayShrink) {
  Table table({{"one"}, {"two"}});
  table.row({"1,234,567,890 B", "1,234,567,890 B"});
  EXPECT_EQ(table.render(16, 0, kPlain), "    one      two\n1,2…0 B  1,2…0 B\n");
}

TEST(Table, CountsColumnsOfTheTerminalAndNotBytesOrColours) {
  Table table({{"", Align::left}, {""}});
  table.row({{"層", Style::bad}, "1"});
  table.row({"S²é", "2"});
  EXPECT_EQ(table.render(80, 0, kPlain), "層   1\nS²é  2\n");
  EXPECT_EQ(table.render(80, 0, Painter(true)), "\x1b[1;31m層\x1b[0m   1\nS²é  2\n");
}

TEST(Table, DrawsRulesAsWideAsItself) {
  Table table({{"", Align::left}, {""}});
  table.row({"sum", "12 B"});
  table.rule();
  EXPECT_EQ(table.render(80, 1, kPlain), " sum  12 B\n ─────────\n");
}

}  // namespace
}  // namespace profile_train::reports
