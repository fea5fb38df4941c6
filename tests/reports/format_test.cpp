#include "reports/format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace profile_train::reports {
namespace {

constexpr Bytes kMiB = 1024 * 1024;

TEST(FormatBytes, TakesTheUnitThatReadsBest) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1,023 B");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(497'759'232), "474.7 MiB");   // GPT-2 small, fp32
  EXPECT_EQ(format_bytes(2'290'384'904), "2.13 GiB");  // 2,290,384,904 / 2^30 = 2.1331
  EXPECT_EQ(format_bytes(-768 * 1024), "-768.0 KiB");
}

TEST(FormatBytes, RoundsIntoTheNextUnitInsteadOfPrinting1024) {
  EXPECT_EQ(format_bytes(kMiB - 1), "1.00 MiB");
  EXPECT_EQ(format_bytes(1023 * 1024), "1,023.0 KiB");
}

TEST(FormatBytes, SurvivesTheExtremes) {
  EXPECT_EQ(format_bytes(std::numeric_limits<Bytes>::max()), "8.00 EiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<Bytes>::min()), "-8.00 EiB");
}

TEST(FormatExactBytes, SeparatesThousands) {
  EXPECT_EQ(format_exact_bytes(2'290'384'904), "2,290,384,904 B");
  EXPECT_EQ(format_exact_bytes(999), "999 B");
  EXPECT_EQ(format_exact_bytes(-1000), "-1,000 B");
  EXPECT_EQ(format_count(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(FormatSeconds, GoesFromNanosecondsToMinutes) {
  EXPECT_EQ(format_seconds(0.0), "0 s");
  EXPECT_EQ(format_seconds(62e-9), "62 ns");
  EXPECT_EQ(format_seconds(1.5e-6), "1.5 µs");
  EXPECT_EQ(format_seconds(0.3502), "350.2 ms");
  EXPECT_EQ(format_seconds(1.42), "1.42 s");
  EXPECT_EQ(format_seconds(125.0), "2 min 05 s");
  EXPECT_EQ(format_seconds(0.99996), "1.00 s");
}

TEST(FormatShare, NeverTurnsSomethingIntoNothing) {
  EXPECT_EQ(format_share(3, 8), "37.5 %");
  EXPECT_EQ(format_share(1, 1'000'000), "< 0.1 %");
  EXPECT_EQ(format_share(0, 8), "0.0 %");
  EXPECT_EQ(format_share(1, 0), "–");
}

TEST(FormatNumber, WritesOutWhatIsNoNumber) {
  EXPECT_EQ(format_number(10.98214, 4), "10.9821");
  EXPECT_EQ(format_number(-1234.5, 1), "-1,234.5");
  EXPECT_EQ(format_number(-0.00001, 2), "0.00");
  EXPECT_EQ(format_number(std::nan(""), 4), "nan");
}

TEST(ByteUnits, AColumnSharesTheUnitOfItsLargestValue) {
  EXPECT_EQ(unit_for(2 * kMiB).name, "KiB");
  EXPECT_EQ(unit_for(2'290'384'904).name, "MiB");
  EXPECT_EQ(unit_for(Bytes{200} * 1024 * kMiB).name, "GiB");
  const ByteUnit mib = unit_for(2'290'384'904);
  EXPECT_EQ(format_in(mib, 2'290'384'904), "2,184.3");
  EXPECT_EQ(format_in(mib, 0), "0.0");
  EXPECT_EQ(format_in(mib, 8), "<0.1");
  EXPECT_EQ(format_in(mib, -8), ">-0.1");
}

TEST(TensorTypes, SayNothingWhenNothingIsKnown) {
  EXPECT_EQ(format_tensor_type("float32", {50257, 768}), "float32[50257, 768]");
  EXPECT_EQ(format_tensor_type("int64", {}), "int64[]");
  EXPECT_EQ(format_tensor_type("", {}), "");
}

}  // namespace
}  // namespace profile_train::reports
