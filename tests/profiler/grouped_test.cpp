#include "profiler/grouped.h"

#include <gtest/gtest.h>

namespace profile_train {
namespace {

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(2'290'384'904), "2,290,384,904");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(grouped(-123'456), "-123,456");
}

TEST(Grouped, LeavesDecimalsAlone) { EXPECT_EQ(grouped("1234567.12345"), "1,234,567.12345"); }

}  // namespace
}  // namespace profile_train
